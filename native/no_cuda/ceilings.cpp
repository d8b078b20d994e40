#include "cuda/backend.h"
#include "no_cuda/unavailable.h"

namespace trialforge::cuda {

MultiplyAdds multiply_adds(const Queue&, Precision, std::int64_t) { throw_not_built(); }
void multiply_add_chains(const Queue&, Precision, std::int64_t, float*) { throw_not_built(); }
void copy_by_kernel(const Queue&, const void*, void*, std::size_t) { throw_not_built(); }

}  // namespace trialforge::cuda
