// Batch normalisation with given statistics.
#pragma once

#include <span>

#include "trialforge/device.h"

namespace trialforge {

/**
 * y[p, c] = (x[p, c] - mean[c]) * scale[c] / sqrt(variance[c] + epsilon) + offset[c] for [pixels,
 * channels]; the others have `channels` elements. `scale` may be empty (1), and so may `offset`
 * (0). y may be x.
 */
void batch_norm_inference(const Device& device, int pixels, int channels, std::span<const float> x,
                          std::span<const float> mean, std::span<const float> variance,
                          std::span<const float> scale, std::span<const float> offset,
                          float epsilon, std::span<float> y);

}  // namespace trialforge
