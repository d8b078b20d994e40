#include "reference/gather.h"

namespace trialforge::reference {

void gather(const GatherShape& s, std::span<const double> x, std::span<const std::int32_t> indices,
            std::span<double> y) {
  std::size_t to = 0;
  for (int b = 0; b < s.batch; ++b) {
    for (int o = 0; o < s.outer; ++o) {
      for (int k = 0; k < s.indices_per_batch; ++k) {
        const std::size_t slice = static_cast<std::size_t>(b) * s.outer + o;
        const std::size_t row =
            slice * s.axis + indices[static_cast<std::size_t>(b) * s.indices_per_batch + k];
        for (int i = 0; i < s.inner; ++i) y[to++] = x[row * s.inner + i];
      }
    }
  }
}

void one_hot(int depth, double on, double off, std::span<const std::int32_t> indices,
             std::span<double> y) {
  std::size_t to = 0;
  for (const std::int32_t index : indices) {
    for (int d = 0; d < depth; ++d) y[to++] = d == index ? on : off;
  }
}

}  // namespace trialforge::reference
