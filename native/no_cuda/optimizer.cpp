#include "cuda/backend.h"
#include "no_cuda/unavailable.h"

namespace trialforge::cuda {

void optimizer_init(const Queue&, const OptimizerSpec&, float*, std::size_t) { throw_not_built(); }

void optimizer_step(const Queue&, const OptimizerSpec&, std::uint64_t,
                    std::span<const RegularizedSegment>, float*, float*, float*, std::size_t) {
  throw_not_built();
}

double regularization_loss(const Queue&, std::span<const RegularizedSegment>, const float*,
                           std::size_t) {
  throw_not_built();
}

}  // namespace trialforge::cuda
