#include "reference/mat_mul.h"

namespace trialforge::reference {

void mat_mul(const MatMulShape& s, std::span<const double> a, std::span<const double> b,
             std::span<const double> bias, std::span<double> y) {
  for (int i = 0; i < s.batch(); ++i) {
    const double* const left = a.data() + (s.batch_a == 1 ? 0 : i) * s.m * s.k;
    const double* const right = b.data() + (s.batch_b == 1 ? 0 : i) * s.k * s.n;
    for (int r = 0; r < s.m; ++r) {
      for (int c = 0; c < s.n; ++c) {
        double sum = bias.empty() ? 0 : bias[c];
        for (int k = 0; k < s.k; ++k) {
          sum += left[s.transpose_a ? k * s.m + r : r * s.k + k] *
                 right[s.transpose_b ? c * s.k + k : k * s.n + c];
        }
        y[(i * s.m + r) * s.n + c] = sum;
      }
    }
  }
}

}  // namespace trialforge::reference
