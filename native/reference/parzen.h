// Parzen mixtures the slow way: masses by numerical integration, quantiles by bisection, sums of
// plain products.
#pragma once

#include <cstdint>
#include <span>

#include "trialforge/parzen.h"

namespace trialforge::reference {

/** log P(a < Z <= b) of the standard normal, by Simpson's rule on the density. */
double log_normal_mass(double a, double b);

/** As trialforge::parzen_log_pdf. */
void parzen_log_pdf(std::span<const double> log_weight, std::span<const ParzenParameter> parameters,
                    std::span<double> out);

/** As trialforge::truncated_normal_ppf. */
void truncated_normal_ppf(std::span<const double> q, std::span<const double> a,
                          std::span<const double> b, std::span<double> out);

/** As trialforge::ParzenMixture::sample. */
void parzen_sample(std::span<const double> log_weight, std::span<const ParzenParameter> parameters,
                   std::uint64_t seed, std::uint64_t step, std::span<double> out);

}  // namespace trialforge::reference
