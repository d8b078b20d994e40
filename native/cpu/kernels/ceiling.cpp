// What the machine could do at most, for benchmarks to be measured against.
#include "cpu/kernels/declarations.h"
#include "cpu/kernels/simd.h"

namespace trialforge::cpu::TRIALFORGE_ISA {

float multiply_add_chains(std::int64_t steps) {
  constexpr int chains = 12;  // enough to hide the latency, few enough for 16 registers
  Vector sums[chains];
  for (int c = 0; c < chains; ++c) sums[c] = broadcast(static_cast<float>(c));
  const Vector factor = broadcast(0.999999f), term = broadcast(1e-6f);
  for (std::int64_t step = 0; step < steps; ++step) {
#pragma GCC unroll 12
    for (int c = 0; c < chains; ++c) sums[c] = sums[c] * factor + term;
  }
  float total = 0;
  for (int c = 0; c < chains; ++c) total += sums[c][0];
  return total;
}

}  // namespace trialforge::cpu::TRIALFORGE_ISA
