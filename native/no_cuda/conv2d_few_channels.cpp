#include "cuda/conv2d_few_channels.h"

#include "no_cuda/unavailable.h"

namespace trialforge::cuda {

bool conv2d_has_few_channels(const Conv2dShape&) noexcept { return false; }

void conv2d_few_channels_forward(const Queue&, const Trials&, const Conv2dShape&, const float*,
                                 const float*, const float*, Activation, float*) {
  throw_not_built();
}

std::size_t conv2d_few_channels_backward_filter_workspace(const Trials&,
                                                          const Conv2dShape&) noexcept {
  return 0;
}

void conv2d_few_channels_backward_filter(const Queue&, const Trials&, const Conv2dShape&,
                                         const float*, const float*, float*, float*, float*) {
  throw_not_built();
}

}  // namespace trialforge::cuda
