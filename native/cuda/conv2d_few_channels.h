// Convolutions of so few input channels that a product on tensor cores would multiply mostly zeros:
// direct, in exact float32. Arguments as in backend.h. For the host side of cuda/ only.
#pragma once

#include <cstddef>

#include "cuda/backend.h"

namespace trialforge::cuda {

/** Whether the others take `shape`: 1 to 4 channels, undilated, of sizes that fit a block. */
bool conv2d_has_few_channels(const Conv2dShape& shape) noexcept;

void conv2d_few_channels_forward(const Queue& queue, const Trials& trials, const Conv2dShape& shape,
                                 const float* x, const float* w, const float* bias,
                                 Activation activation, float* y);

/** Floats that conv2d_few_channels_backward_filter needs to work in. */
std::size_t conv2d_few_channels_backward_filter_workspace(const Trials& trials,
                                                          const Conv2dShape& shape) noexcept;
void conv2d_few_channels_backward_filter(const Queue& queue, const Trials& trials,
                                         const Conv2dShape& shape, const float* x, const float* dy,
                                         float* dw, float* dbias, float* workspace);

}  // namespace trialforge::cuda
