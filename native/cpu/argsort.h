#pragma once

#include <cstdint>
#include <span>

namespace trialforge::cpu {

/**
 * The permutation that sorts finite `values` ascending as NumPy's scalar introsort finds it: not a
 * stable one, and seeded results depend on the order of equal values. src/numpy/argsort.ts is its
 * twin.
 */
void numpy_argsort(std::span<const double> values, std::span<std::int32_t> order);

}  // namespace trialforge::cpu
