#include "cuda/backend.h"
#include "no_cuda/unavailable.h"

namespace trialforge::cuda {

void* allocate(const Queue&, std::size_t, BufferContents) { throw_not_built(); }
void release(const Queue&, void*) noexcept {}
void queue_from_host(const Queue&, void*, const void*, std::size_t) { throw_not_built(); }
void copy_from_host(const Queue&, void*, const void*, std::size_t) { throw_not_built(); }
void copy_to_host(const Queue&, void*, const void*, std::size_t) { throw_not_built(); }
void copy_on_device(const Queue&, void*, const void*, std::size_t) { throw_not_built(); }
void copy_to_pinned(const Queue&, void*, const void*, std::size_t) { throw_not_built(); }

}  // namespace trialforge::cuda
