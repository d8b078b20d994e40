#include "cuda/backend.h"
#include "no_cuda/unavailable.h"

namespace trialforge::cuda {

void activation_forward(const Queue&, Activation, const float*, float*, std::size_t) {
  throw_not_built();
}

void activation_backward(const Queue&, Activation, const float*, const float*, float*,
                         std::size_t) {
  throw_not_built();
}

}  // namespace trialforge::cuda
