// The two densities of the tree-structured Parzen estimator (Watanabe, arXiv:2304.11127) over a
// history of observations, kept and updated from trial to trial.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace trialforge {

/** Where an observation is: nowhere, or in the density of the bad or of the good ones. */
enum class ParzenSide : std::int32_t { none, above, below };

/** A parameter of a ParzenHistory. */
struct ParzenDimension {
  /** Of a categorical parameter, whose values are 0..n_choices-1; 0 for a number. */
  std::size_t n_choices = 0;
  /** A number's range, finite, low < high; as it is, also with `log` and `step`. */
  double low = 0;
  double high = 0;
  /** The distance of a grid's points; 0: any number of the range. */
  double step = 0;
  /** Widths are those of logarithms; low - step / 2 must be above 0. */
  bool log = false;
};

struct ParzenHistoryOptions {
  /** The prior's weight beside an observation's, 0 or more. */
  double prior_weight = 1;
  /** Whether widths have a floor that falls with the number of observations, to 1 % of the range.
   */
  bool magic_clip = true;
  /** Whether the outermost observations are as wide as their distance to the range's ends. */
  bool endpoints = false;
};

/**
 * Observations in the order of their numbers, and the mixtures of those above and below: one
 * product of kernels an observation, and a flat prior last. One thread at a time.
 *
 * Spaces without a parameter on a continuum are computed operation by operation as parzen_log_pdf
 * does, because scores are often equal there. With one, components that cannot change the
 * double-precision sum are left out, and the result agrees to 1e-12.
 */
class ParzenHistory {
 public:
  /** Throws ErrorCode::invalid_argument, naming the dimension. */
  ParzenHistory(std::span<const ParzenDimension> dimensions, const ParzenHistoryOptions& options);
  ~ParzenHistory();
  ParzenHistory(ParzenHistory&&) noexcept;
  ParzenHistory& operator=(ParzenHistory&&) noexcept;

  /**
   * Puts observation numbers[i] to sides[i], with the values rows[i], wherever it was. A row of
   * `none` is not looked at. Throws ErrorCode::invalid_argument before anything changes.
   */
  void update(std::span<const double> numbers, std::span<const std::int32_t> sides,
              std::span<const double> rows /* [n, d] */);

  std::size_t size(ParzenSide side) const noexcept;

  /**
   * log_density[i] of points [n, d] under one side, whose weights' logarithms are given, prior
   * last. Without any, the latest 25 observations weigh 1, older ones from 1 / size on evenly more,
   * and the prior its weight; all by their sum.
   */
  void log_pdf(ParzenSide side, std::span<const double> log_weights /* [size + 1] or [0] */,
               std::span<const double> points /* [n, d] */, std::span<double> out /* [n] */);

  /**
   * Draws points from the density below. `uniforms` in [0, 1): for every point one for the
   * component, then for every categorical and then for every numeric dimension one a point. `below`
   * sums to 1.
   */
  void sample(std::span<const double> uniforms /* [n, d + 1] */,
              std::span<const double> below /* [size + 1] */,
              std::span<double> points /* [n, d] */);

  /**
   * Of points, one or more, the first of those with the largest ratio of below to above. The
   * logarithms of weights may be left out as in log_pdf.
   */
  std::size_t best(std::span<const double> points /* [n, d] */, std::span<const double> log_below,
                   std::span<const double> log_above);

  /** The best of n_candidates points that sample() draws. */
  void choose(std::span<const double> uniforms, std::span<const double> below /* [size + 1] */,
              std::span<const double> log_below, std::span<const double> log_above,
              std::size_t n_candidates, std::span<double> out /* [d] */);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace trialforge
