#include "cuda/backend.h"
#include "no_cuda/unavailable.h"

namespace trialforge::cuda {

void dropout(const Queue&, const DropoutMask&, const float*, float*, std::size_t) {
  throw_not_built();
}

}  // namespace trialforge::cuda
