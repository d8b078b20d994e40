#include "cuda/backend.h"
#include "no_cuda/unavailable.h"

namespace trialforge::cuda {

void mat_mul(const Queue&, Precision, const MatMulShape&, const float*, const float*, const float*,
             Activation, float*) {
  throw_not_built();
}

}  // namespace trialforge::cuda
