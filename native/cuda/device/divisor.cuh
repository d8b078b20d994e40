// Division by a number that the host knows: one multiplication and a shift.
#pragma once

#include <cstdint>

namespace trialforge::cuda::device {

/**
 * Quotients by d of numbers below 2^31, for 1 <= d < 2^31. With l = ceil(log2 d) and m =
 * ceil(2^(31 + l) / d), n m / 2^(31 + l) exceeds n / d by less than n / 2^31 / d, so its integer
 * part is right.
 */
struct Divisor {
  std::uint32_t value = 1, factor = 1u << 31, shift = 0;

  Divisor() = default;
  explicit Divisor(int d) : value(static_cast<std::uint32_t>(d)) {
    while ((std::uint64_t{1} << shift) < value) ++shift;
    factor = static_cast<std::uint32_t>(((std::uint64_t{1} << (31 + shift)) + value - 1) / value);
  }

  __device__ __forceinline__ unsigned quotient(unsigned n) const {
    return static_cast<unsigned>((static_cast<std::uint64_t>(2 * n) * factor) >> 32) >> shift;
  }
};

}  // namespace trialforge::cuda::device
