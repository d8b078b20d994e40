// Batched Parzen mixtures: p(x) = sum_j w_j prod_i p_ij(x_i), with k components and d parameters.
// Both tree-structured Parzen estimators (Bergstra et al. 2011; Watanabe 2023) score their
// candidates with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "trialforge/device.h"

namespace trialforge {

enum class ParzenKernel {
  truncated_normal,       // density at x, every component renormalised to [low, high]
  truncated_normal_mass,  // mass of [lower, upper], every component renormalised to [low, high]
  categorical,            // probability of a choice
  normal,                 // density at x
  log_normal,             // density at x of exp(normal)
  normal_mass,            // mass of [lower, upper]
  log_normal_mass,        // mass of [lower, upper] of exp(normal)
};

/** Whether a point of the kernel is one number x at which there is a density. */
constexpr bool is_density(ParzenKernel kernel) noexcept {
  return kernel == ParzenKernel::truncated_normal || kernel == ParzenKernel::normal ||
         kernel == ParzenKernel::log_normal;
}
/** Whether every component is renormalised to [low, high]. */
constexpr bool is_truncated(ParzenKernel kernel) noexcept {
  return kernel == ParzenKernel::truncated_normal || kernel == ParzenKernel::truncated_normal_mass;
}

/** One parameter: its k components and the n points at which they are evaluated. */
struct ParzenParameter {
  ParzenKernel kernel = ParzenKernel::truncated_normal;
  std::span<const double> mu;            // [k], not categorical
  std::span<const double> sigma;         // [k], not categorical
  double low = 0;                        // truncated kernels
  double high = 0;                       // truncated kernels
  std::span<const double> x;             // [n], densities
  std::span<const double> lower;         // [n], masses
  std::span<const double> upper;         // [n], masses
  std::span<const double> probability;   // [k, n_choices], categorical
  std::size_t n_choices = 0;             // categorical
  std::span<const std::int32_t> choice;  // [n], categorical
};

/** out[i] = log sum_j exp(log_weight[j] + sum over parameters of log p_j(point i)). */
void parzen_log_pdf(std::span<const double> log_weight /* [k] */,
                    std::span<const ParzenParameter> parameters, std::span<double> out /* [n] */);

/**
 * In what a CUDA device computes; the numbers that go in and come out are double in any case.
 *
 * float64 agrees with the CPU to some 1e-12 of the result, as far as the CPU's own formulas keep
 * digits. float32 is for large mixtures. Its error is that of adding up the logarithms of the
 * parameters: 1e-6 of the largest of them and of their sum, so 1e-4 for a log-density of -100. It
 * loses more where components lie many sigmas outside of their [low, high]. In a tail, normal_mass
 * and log_normal_mass in float32 keep their digits, where those in float64 end below 1e-16.
 */
enum class ParzenPrecision { float64, float32 };

/** Points on a device. Never changed: mixtures over the same parameters may share them. */
class ParzenPoints {
 public:
  /**
   * Copies the `n` points of `parameters`: x, or lower and upper, or choice. Of the components only
   * `kernel` and `n_choices` are looked at.
   */
  ParzenPoints(const Device& device, std::span<const ParzenParameter> parameters, std::size_t n);
  ~ParzenPoints();
  ParzenPoints(ParzenPoints&&) noexcept;
  ParzenPoints& operator=(ParzenPoints&&) noexcept;

  std::size_t size() const noexcept;

 private:
  friend class ParzenMixture;
  struct State;
  std::unique_ptr<State> state_;
};

/** A mixture whose components are on a device. One thread at a time. */
class ParzenMixture {
 public:
  /**
   * Copies the components of `parameters`; their points are not looked at. Throws
   * ErrorCode::invalid_argument for float32 on the CPU, which computes in float64 only.
   */
  ParzenMixture(const Device& device, ParzenPrecision precision,
                std::span<const double> log_weight /* [k] */,
                std::span<const ParzenParameter> parameters);
  ~ParzenMixture();
  ParzenMixture(ParzenMixture&&) noexcept;
  ParzenMixture& operator=(ParzenMixture&&) noexcept;

  /**
   * As parzen_log_pdf; on the CPU with the same bits. `points` are on the mixture's device and have
   * its kernels and numbers of choices.
   */
  void log_pdf(const ParzenPoints& points, std::span<double> out /* [n] */);

  /**
   * Draws n points from the mixture. Of a numeric parameter, also of a mass, the value is x; of a
   * categorical one the choice. Row i depends on (seed, step, i) alone, for any n and on every
   * device: a component is chosen by weight, then every parameter by the inverse of its
   * distribution, all in double precision. Components and choices are the same on every device,
   * other values but for rounding. Throws ErrorCode::invalid_argument if all weights are 0.
   */
  void sample(std::uint64_t seed, std::uint64_t step, std::size_t n,
              std::span<double> out /* [n, d] */) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/** parzen_log_pdf on `device`: a ParzenMixture that is used once. */
void parzen_log_pdf(const Device& device, ParzenPrecision precision,
                    std::span<const double> log_weight /* [k] */,
                    std::span<const ParzenParameter> parameters, std::span<double> out /* [n] */);

/**
 * out[i] = log x[i], by the same function as the rest of this file. Mixtures built elsewhere use it
 * for weights, so that scores that are equal in theory round alike; logarithms of other origin may
 * differ in the last bit. `out` may be `x`.
 */
void natural_logs(std::span<const double> x, std::span<double> out);

/** Quantiles of the standard normal truncated to [a, b]: out[i] for probability q[i]. */
void truncated_normal_ppf(std::span<const double> q, std::span<const double> a,
                          std::span<const double> b, std::span<double> out);

}  // namespace trialforge
