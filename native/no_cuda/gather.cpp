#include "cuda/backend.h"
#include "no_cuda/unavailable.h"

namespace trialforge::cuda {

void gather(const Queue&, const GatherShape&, std::size_t, const void*, const std::int32_t*,
            void*) {
  throw_not_built();
}

void one_hot(const Queue&, int, double, double, const std::int32_t*, std::size_t,
             MutableTensorView) {
  throw_not_built();
}

}  // namespace trialforge::cuda
