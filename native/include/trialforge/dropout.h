// Inverted dropout (Srivastava et al. 2014) with a counted mask.
#pragma once

#include <cstdint>
#include <span>

#include "trialforge/device.h"

namespace trialforge {

/** Which mask: element i is dropped when the i-th uniform of (seed, dropout, step) is below rate.
 */
struct DropoutMask {
  float rate = 0;  // [0, 1)
  std::uint64_t seed = 0;
  std::uint64_t step = 0;
};

/**
 * y[i] = x[i] / (1 - rate), or 0 where the mask drops it. The gradient is the same operation on dy
 * with the same mask. In place is allowed. Throws ErrorCode::invalid_argument for a rate outside
 * [0, 1).
 */
void dropout(const Device& device, const DropoutMask& mask, std::span<const float> x,
             std::span<float> y);

}  // namespace trialforge
