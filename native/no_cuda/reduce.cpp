#include "cuda/backend.h"
#include "no_cuda/unavailable.h"

namespace trialforge::cuda {

std::size_t reduce_workspace(const ReduceShape&) { throw_not_built(); }

void reduce(const Queue&, ReduceOp, const ReduceShape&, TensorView, MutableTensorView, void*) {
  throw_not_built();
}

void arg_reduce(const Queue&, ArgOp, const ReduceShape&, TensorView, std::int32_t*, void*) {
  throw_not_built();
}

}  // namespace trialforge::cuda
