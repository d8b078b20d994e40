#pragma once

#include <span>

namespace trialforge::reference {

/** `scale` and `offset` may be empty. */
void batch_norm_inference(int pixels, int channels, std::span<const double> x,
                          std::span<const double> mean, std::span<const double> variance,
                          std::span<const double> scale, std::span<const double> offset,
                          double epsilon, std::span<double> y);

}  // namespace trialforge::reference
