#include "cuda/backend.h"
#include "no_cuda/unavailable.h"

namespace trialforge::cuda {

void max_pool2d_forward(const Queue&, const Pool2dShape&, const float*, float*, std::int32_t*) {
  throw_not_built();
}

void max_pool2d_backward(const Queue&, const Pool2dShape&, const float*, const std::int32_t*,
                         Activation, const float*, float*) {
  throw_not_built();
}

std::size_t max_pool2d_input_gradient_workspace(const Pool2dShape&) noexcept { return 0; }

void max_pool2d_input_gradient(const Queue&, const Pool2dShape&, const float*, const float*, float*,
                               std::int32_t*) {
  throw_not_built();
}

void average_pool2d_forward(const Queue&, const Pool2dShape&, const float*, float*) {
  throw_not_built();
}

void average_pool2d_backward(const Queue&, const Pool2dShape&, const float*, float*) {
  throw_not_built();
}

}  // namespace trialforge::cuda
