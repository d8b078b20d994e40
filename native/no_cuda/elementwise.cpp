#include "cuda/backend.h"
#include "no_cuda/unavailable.h"

namespace trialforge::cuda {

void unary(const Queue&, UnaryOp, DType, const UnaryParameters&, const void*, void*, std::size_t) {
  throw_not_built();
}

void binary(const Queue&, BinaryOp, DType, std::span<const int>, std::span<const int>, const void*,
            const void*, void*) {
  throw_not_built();
}

void select(const Queue&, const std::uint8_t*, std::size_t, DType, const void*, const void*, void*,
            std::size_t) {
  throw_not_built();
}

void cast(const Queue&, DType, const void*, DType, void*, std::size_t) { throw_not_built(); }

}  // namespace trialforge::cuda
