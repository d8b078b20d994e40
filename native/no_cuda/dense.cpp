#include "cuda/backend.h"
#include "no_cuda/unavailable.h"

namespace trialforge::cuda {

void dense_forward(const Queue&, const Trials&, Precision, const DenseShape&, const float*,
                   const float*, const float*, Activation, float*, float*, const TrialDropout&) {
  throw_not_built();
}

std::size_t dense_workspace(const Trials&, Precision, const DenseShape&) { throw_not_built(); }

void dense_backward_input(const Queue&, const Trials&, Precision, const DenseShape&, const float*,
                          const float*, const InputOrigin&, float*, float*) {
  throw_not_built();
}

void dense_backward_weights(const Queue&, const Trials&, Precision, const DenseShape&, const float*,
                            const float*, float*, float*, float*) {
  throw_not_built();
}

}  // namespace trialforge::cuda
