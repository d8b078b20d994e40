#include "reference/batch_norm.h"

#include <cmath>

namespace trialforge::reference {

void batch_norm_inference(int pixels, int channels, std::span<const double> x,
                          std::span<const double> mean, std::span<const double> variance,
                          std::span<const double> scale, std::span<const double> offset,
                          double epsilon, std::span<double> y) {
  std::size_t i = 0;
  for (int p = 0; p < pixels; ++p) {
    for (std::size_t c = 0; c < static_cast<std::size_t>(channels); ++c, ++i) {
      const double normal = (x[i] - mean[c]) / std::sqrt(variance[c] + epsilon);
      y[i] = normal * (scale.empty() ? 1 : scale[c]) + (offset.empty() ? 0 : offset[c]);
    }
  }
}

}  // namespace trialforge::reference
