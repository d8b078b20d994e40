#include "cuda/backend.h"
#include "no_cuda/unavailable.h"

namespace trialforge::cuda {

void resize_bilinear_forward(const Queue&, const ResizeShape&, const float*, float*) {
  throw_not_built();
}

void resize_bilinear_backward(const Queue&, const ResizeShape&, const float*, float*) {
  throw_not_built();
}

}  // namespace trialforge::cuda
