// The standard normal distribution in log space, so that masses far in a tail keep their digits.
#pragma once

#include <span>

namespace trialforge::cpu {

/** log P(Z <= x). Asymptotic series below -20; NaN for NaN. */
double log_normal_cdf(double x);

/** log P(a < Z <= b) for a <= b. */
double log_normal_mass(double a, double b);

/**
 * Replaces each y by the x with log P(Z <= x) = y, by Newton's method. The rounds end when every
 * element has converged to 1e-8 relative, so the last bits depend on the whole batch.
 */
void inverse_log_normal_cdf(std::span<double> y);

/** log(e^p + e^q). */
double log_add_exp(double p, double q);

}  // namespace trialforge::cpu
