#include "cuda/backend.h"
#include "no_cuda/unavailable.h"

namespace trialforge::cuda {

void softmax_forward(const Queue&, const SoftmaxShape&, const float*, float*) { throw_not_built(); }

void log_softmax_forward(const Queue&, const SoftmaxShape&, const float*, float*) {
  throw_not_built();
}

void softmax_cross_entropy_sparse(const Queue&, const SoftmaxShape&, const float*,
                                  const std::int32_t*, float, float*, float*, float*) {
  throw_not_built();
}

void softmax_cross_entropy_dense(const Queue&, const SoftmaxShape&, const float*, const float*,
                                 float, float*, float*, float*) {
  throw_not_built();
}

}  // namespace trialforge::cuda
