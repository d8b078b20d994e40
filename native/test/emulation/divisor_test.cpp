#include <cuda_runtime.h>

#include <cstdint>
#include <string>

#include "cuda/device/divisor.cuh"
#include "testing.h"

namespace trialforge::testing {
namespace {

const Register quotients("divisors give quotients of all numbers below 2^31", [] {
  constexpr std::uint32_t end = 1u << 31;
  for (const std::uint32_t d : {1u, 2u, 3u, 5u, 7u, 24u, 641u, 65535u, 65537u, (1u << 30) - 1,
                                1u << 30, (1u << 30) + 1, end - 2, end - 1}) {
    const cuda::device::Divisor divisor(static_cast<int>(d));
    const auto expect = [&](std::uint32_t n) {
      if (n >= end) return;
      check(divisor.quotient(n) == n / d, std::to_string(n) + " / " + std::to_string(d));
    };
    // Around multiples, where an inexact quotient would be wrong.
    const std::uint32_t most = (end - 1) / d;
    for (std::uint32_t i = 0; i <= 1000; ++i) {
      const std::uint32_t multiple = static_cast<std::uint32_t>(std::uint64_t{most} * i / 1000) * d;
      expect(multiple);
      expect(multiple + 1);
      expect(multiple - 1);
    }
    expect(end - 1);
  }
});

}  // namespace
}  // namespace trialforge::testing
