// One parameter of one side of a ParzenHistory: its components in the order of the observations'
// numbers, updated from observation to observation. The prior is the last component.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "cpu/parzen_grid.h"
#include "cpu/parzen_memory.h"
#include "cpu/parzen_rows.h"
#include "cpu/parzen_weights.h"
#include "trialforge/parzen_history.h"

namespace trialforge::cpu {

/** Values that are drawn of one parameter, each from one component. */
struct ParzenDraws {
  std::span<const std::size_t> components;
  /** Where the component's distribution has the value, in [0, 1). */
  std::span<const double> uniforms;
  /** The value of the i-th component is written to values[i * stride]. */
  double* values;
  std::size_t stride;
};

/** The kernels of a numeric parameter. */
class NumericColumn {
  static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

 public:
  /** `slot` is its place in ParzenRows, if it is on a continuum; it has none there if it is alone.
   */
  NumericColumn(const ParzenDimension& dimension, const ParzenHistoryOptions& options,
                std::optional<std::size_t> slot, ParzenRows& rows);

  /** `rows` have changed already, here as below. */
  void insert(std::size_t at, double value, ParzenRows& rows);
  void erase(std::size_t at, ParzenRows& rows);
  /** Lets the next refresh sort: cheaper than keeping the order through many changes. */
  void defer();
  /** Brings widths, and what follows from them, up to date. */
  void refresh(ParzenRows& rows);

  bool continuous() const noexcept { return dimension_.step == 0; }
  /** Whether masses are kept for every point of the grid. */
  bool tabulated() const noexcept;
  double low() const noexcept { return low_; }
  double high() const noexcept { return high_; }
  /** A value in the coordinates of mu. */
  double coordinate(double value) const { return dimension_.log ? std::log(value) : value; }
  /** [lower, upper] around a grid's point, in the coordinates of mu. */
  struct Interval {
    double lower, upper;
  };
  Interval interval(double value) const {
    const double half = dimension_.step / 2;
    return {coordinate(value - half), coordinate(value + half)};
  }
  /**
   * What a scan reads of the components, in ranges: mu from the middle of the range, and
   * sqrt(1/2) / sigma.
   */
  const float* scan_mu() const { return scan_mu_.data(); }
  const float* scan_inverse_sigma() const { return scan_inverse_sigma_.data(); }
  /** Where a scan has a coordinate. */
  float scan_x(double x) const { return static_cast<float>((x - prior_mu_) * inverse_range_); }
  /**
   * Distances from there that a scan must not count, so that no component's term is larger than
   * what it makes of it. `width`: that of a grid's interval, or 0.
   */
  float scan_slack(float x, double width) const {
    // Widths above 1 % of the range are not troubled by the rounding of a distance.
    if (width == 0 && options_.magic_clip && furthest_ <= 1) return 0;
    const double half = width / 2 * inverse_range_;
    return static_cast<float>(half + 5e-7 * (std::abs(x) + furthest_ + half));
  }

  /** log-densities of points [m] under the mixture, for a column that is alone. */
  void log_pdf(std::span<const double> points, const ParzenWeights& weights, std::span<double> out);

  /** Whether rough_log_pdf may be used, as long as all constants are regular. */
  bool knows_rough(const ParzenWeights& weights) const {
    // In single precision a distance is known to 1e-7 of the range.
    return options_.magic_clip && furthest_ <= 0.5 && !weights.are_given();
  }
  /** As log_pdf to rough_error(), or -infinity where that is not known. */
  void rough_log_pdf(std::span<const double> points, const ParzenWeights& weights,
                     std::span<double> out);
  /** What the rounding of distances makes of a term that counts, and that of the sum. */
  double rough_error() const { return 1e-4 + 4e-9 * static_cast<double>(n_); }

  /** log-density or log-mass of component j at the value. */
  double term(std::size_t j, double value);
  /** Adds all components' terms to terms [n + 1]; tabulated() only. */
  void add_terms(double value, std::span<double> terms);
  void quantiles(const ParzenDraws& draws);

 private:
  double mu(std::size_t j) const { return j < n_ ? mu_[j] : prior_mu_; }
  double sigma(std::size_t j) const { return j < n_ ? sigma_[j] : range_; }
  /** The range, in widths of component j from its middle. */
  std::pair<double, double> standardized_range(std::size_t j) const {
    return {(low_ - mu(j)) / sigma(j), (high_ - mu(j)) / sigma(j)};
  }
  double value_at(double x) const;
  std::size_t grid_index(double value) const;
  static double mass(const ParzenGridKernel& kernel, const Interval& around);
  double least_width(std::size_t n) const;
  double width(std::size_t k) const;
  void log_pdf_of_given(std::span<const double> points, const ParzenWeights& weights,
                        std::span<double> out);
  bool alone() const noexcept { return continuous() && !slot_; }
  void set_width(std::size_t k, ParzenRows& rows);
  void set_line(std::size_t k);
  void set_lines();
  std::array<std::vector<double>*, 3> lines() {
    return {&line_mu_, &line_inverse_sigma_, &line_constant_};
  }
  void count_ties(std::size_t k, int sign);
  void change_size(std::size_t n);
  ParzenGridKernel make_kernel(double mu, double sigma) const;
  std::int32_t kernel_of(double mu, double sigma);
  void clean_grid();

  ParzenDimension dimension_;
  ParzenHistoryOptions options_;
  std::optional<std::size_t> slot_;
  double low_, high_, range_, inverse_range_, prior_mu_, prior_log_mass_, prior_constant_;
  /** No mu was ever further from the middle of the range, in ranges. */
  double furthest_ = 0;
  std::size_t n_ = 0;
  std::vector<double> mu_, sigma_, constant_;
  std::vector<double> log_mass_;  // on a grid
  // Padded by a block for the kernels.
  std::vector<float> scan_mu_, scan_inverse_sigma_;
  /** What lies outside of the range; NaN: not computed yet. The prior's last. Empty before need. */
  struct Tails {
    double below = unknown, above = unknown;
  };
  std::vector<Tails> tails_;
  std::vector<double> shares_, signs_;  // memory of quantiles
  /** Components by mu; of equal ones as NumPy sorts them. */
  std::vector<std::int32_t> order_;
  /** Alone: constants less the prior's, padded as scan_mu_. */
  std::vector<float> rough_constant_;
  // Alone: mu, 1 / sigma and constants in that order, padded for the kernels; and weights by j.
  std::vector<double> line_mu_, line_inverse_sigma_, line_constant_;
  std::vector<double> line_weights_;
  std::vector<float> rough_weights_, rough_x_, rough_sums_;  // memory of rough_log_pdf
  /** Neighbours in order_ that are equal. */
  std::ptrdiff_t ties_ = 0;
  bool sort_ = false;
  bool all_widths_ = false;
  /** Of a grid without a table. */
  ParzenMemory memory_;
  /** The kernels of a small grid, and which of them the components have. */
  std::optional<ParzenGrid> grid_;
  std::vector<std::int32_t> kernel_;
  std::int32_t prior_kernel_ = 0;
};

/** The kernels of a categorical parameter. */
class CategoricalColumn {
 public:
  CategoricalColumn(const ParzenDimension& dimension, const ParzenHistoryOptions& options);

  void insert(std::size_t at, double value, ParzenRows& rows);
  void erase(std::size_t at, ParzenRows& rows);
  void refresh(ParzenRows& rows);

  /** The logarithm of component j's probability of the choice. */
  double term(std::size_t j, double value) const;
  void add_terms(double value, std::span<double> terms) const;
  void quantiles(const ParzenDraws& draws) const;

 private:
  void refresh();
  struct Row {
    double same, other;          // probability of the observed choice, and of each other one
    double log_same, log_other;  // their logarithms
  };
  const Row& row(std::size_t j) const {
    return rows_[j < observed_.size() ? observed_[j] : n_choices_];
  }

  std::size_t n_choices_;
  double prior_weight_;
  std::vector<std::int32_t> observed_;
  /** By observed choice; the prior's last, all of which is `other`. */
  std::vector<Row> rows_;
};

}  // namespace trialforge::cpu
