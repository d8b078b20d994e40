// Finite differences.
#pragma once

#include <functional>
#include <span>
#include <vector>

namespace trialforge::testing {

double dot(std::span<const double> a, std::span<const double> b);

/** The slopes of `objective` with respect to every element of `at`, by central differences. `at` is
 * changed while this runs and restored. */
std::vector<double> slopes(const std::function<double()>& objective, std::span<double> at,
                           double step = 1e-4);

}  // namespace trialforge::testing
