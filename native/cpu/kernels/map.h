// Functions of vectors applied to arrays.
#pragma once

#include "cpu/kernels/simd.h"

namespace trialforge::cpu::TRIALFORGE_ISA {

/** y[i] = f(x[i]) on vectors, the last one partial; `past_caches` where y is too large for them. */
template <typename F>
static inline void map(const float* x, float* y, std::size_t n, F f, bool past_caches = false) {
  std::size_t i = 0;
  if (past_caches) {
    const int head = elements_to_alignment(y, n);
    store_partial(y, f(load_partial(x, head)), head);
    for (i = static_cast<std::size_t>(head); i + kWidth <= n; i += kWidth) {
      stream(y + i, f(load(x + i)));
    }
    fence_stores();
  }
  for (; i + kWidth <= n; i += kWidth) store(y + i, f(load(x + i)));
  if (i < n) {
    const int rest = static_cast<int>(n - i);
    store_partial(y + i, f(load_partial(x + i, rest)), rest);
  }
}

/** z[i] = f(x[i], y[i]) on vectors, the last one partial. */
template <typename F>
static inline void map2(const float* x, const float* y, float* z, std::size_t n, F f) {
  std::size_t i = 0;
  for (; i + kWidth <= n; i += kWidth) store(z + i, f(load(x + i), load(y + i)));
  if (i < n) {
    const int rest = static_cast<int>(n - i);
    store_partial(z + i, f(load_partial(x + i, rest), load_partial(y + i, rest)), rest);
  }
}

}  // namespace trialforge::cpu::TRIALFORGE_ISA
