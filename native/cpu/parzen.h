// The CPU side of trialforge/parzen.h; arguments are already checked.
#pragma once

#include <cstdint>
#include <span>

#include "trialforge/parzen.h"

namespace trialforge::cpu {

void parzen_log_pdf(std::span<const double> log_weight, std::span<const ParzenParameter> parameters,
                    std::span<double> out);

/**
 * Pairwise summation: eight partial sums up to 128 elements, halves beyond. The rounding error
 * grows with log k, and the order is the one of NumPy's sum, so that scores tie where they tie
 * there.
 */
double pairwise_sum(std::span<const double> values);

/** log sum_j e^terms[j]; `terms` is overwritten. */
double log_sum_exp(std::span<double> terms);

void truncated_normal_ppf(std::span<const double> q, std::span<const double> a,
                          std::span<const double> b, std::span<double> out);

/** As ParzenMixture::sample; `cumulative` are the sums of the weights, the last one positive. */
void parzen_sample(std::span<const double> cumulative /* [k] */,
                   std::span<const ParzenParameter> parameters, std::uint64_t seed,
                   std::uint64_t step, std::span<double> out /* [n, d] */);

}  // namespace trialforge::cpu
