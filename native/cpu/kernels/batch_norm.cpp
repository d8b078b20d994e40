#include "cpu/kernels/declarations.h"
#include "cpu/kernels/simd.h"

namespace trialforge::cpu::TRIALFORGE_ISA {

void normalize(const float* x, const float* mean, const float* factor, const float* offset,
               float* y, int n) {
  for (int c = 0; c < n; c += kWidth) {
    const int count = n - c;
    const Vector centred = load_partial(x + c, count) - load_partial(mean + c, count);
    store_partial(
        y + c, centred * load_partial(factor + c, count) + load_partial(offset + c, count), count);
  }
}

}  // namespace trialforge::cpu::TRIALFORGE_ISA
