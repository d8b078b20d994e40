#pragma once

#include <span>

namespace trialforge::cpu {

/**
 * The x with P(Z <= x) = p, for 0 < p < 1, to 1e-15 of x (Wichura, Algorithm AS 241, 1988). Close
 * to 1 the digits of p run out: ask for 1 - p and negate.
 */
double normal_quantile(double p);

/** Replaces each p by normal_quantile(p). */
void normal_quantiles(std::span<double> p);

}  // namespace trialforge::cpu
