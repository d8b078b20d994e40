// Batched Parzen mixtures in double precision: p(x) = sum_j w_j prod_i p_ij(x_i), with k components
// and d parameters. Both tree-structured Parzen estimators (Bergstra et al. 2011; Watanabe 2023)
// score their candidates with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

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
 * out[i] = log x[i], by the same function as the rest of this file. Mixtures built elsewhere use it
 * for weights, so that scores that are equal in theory round alike; logarithms of other origin may
 * differ in the last bit. `out` may be `x`.
 */
void natural_logs(std::span<const double> x, std::span<double> out);

/** Quantiles of the standard normal truncated to [a, b]: out[i] for probability q[i]. */
void truncated_normal_ppf(std::span<const double> q, std::span<const double> a,
                          std::span<const double> b, std::span<double> out);

}  // namespace trialforge
