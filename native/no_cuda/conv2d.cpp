#include "cuda/backend.h"
#include "no_cuda/unavailable.h"

namespace trialforge::cuda {

void conv2d_forward(const Queue&, const Trials&, Precision, const Conv2dShape&, const float*,
                    const float*, const float*, Activation, float*, const TrialDropout&) {
  throw_not_built();
}

bool conv2d_takes_dropout(const Conv2dShape&, Precision) noexcept { return false; }

bool conv2d_takes_pool(const Conv2dShape&, const Pool2dShape&) noexcept { return false; }

void conv2d_max_pool_forward(const Queue&, const Trials&, Precision, const Conv2dShape&,
                             const Pool2dShape&, const float*, const float*, const float*,
                             Activation, float*, std::int32_t*, const TrialDropout&) {
  throw_not_built();
}

void conv2d_backward_input(const Queue&, const Trials&, Precision, const Conv2dShape&, const float*,
                           const float*, const InputOrigin&, float*) {
  throw_not_built();
}

bool backward_input_takes_pool(const Pool2dShape&) noexcept { return false; }

std::size_t conv2d_backward_filter_workspace(const Trials&, Precision, const Conv2dShape&) {
  throw_not_built();
}

void conv2d_backward_filter(const Queue&, const Trials&, Precision, const Conv2dShape&,
                            const float*, const float*, float*, float*, float*) {
  throw_not_built();
}

}  // namespace trialforge::cuda
