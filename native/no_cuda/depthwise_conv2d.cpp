#include "cuda/backend.h"
#include "no_cuda/unavailable.h"

namespace trialforge::cuda {

void depthwise_conv2d_forward(const Queue&, const DepthwiseConv2dShape&, const float*, const float*,
                              float*) {
  throw_not_built();
}

void depthwise_conv2d_backward_input(const Queue&, const DepthwiseConv2dShape&, const float*,
                                     const float*, float*) {
  throw_not_built();
}

std::size_t depthwise_conv2d_backward_filter_workspace(const DepthwiseConv2dShape&) noexcept {
  return 0;
}

void depthwise_conv2d_backward_filter(const Queue&, const DepthwiseConv2dShape&, const float*,
                                      const float*, float*, float*) {
  throw_not_built();
}

}  // namespace trialforge::cuda
