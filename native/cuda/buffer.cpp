#include <cuda_runtime.h>

#include "cuda/backend.h"
#include "cuda/check.h"

namespace trialforge::cuda {
namespace {

cudaStream_t stream_of(const Queue& queue) { return static_cast<cudaStream_t>(queue.stream); }

void copy(const Queue& queue, void* target, const void* source, std::size_t bytes,
          cudaMemcpyKind kind) {
  TRIALFORGE_CUDA_CHECK(cudaSetDevice(queue.device));
  TRIALFORGE_CUDA_CHECK(cudaMemcpyAsync(target, source, bytes, kind, stream_of(queue)));
  TRIALFORGE_CUDA_CHECK(cudaStreamSynchronize(stream_of(queue)));
}

}  // namespace

void* allocate(const Queue& queue, std::size_t bytes) {
  TRIALFORGE_CUDA_CHECK(cudaSetDevice(queue.device));
  void* data = nullptr;
  const cudaError_t error = cudaMalloc(&data, bytes);
  if (error == cudaErrorMemoryAllocation) throw_out_of_memory(bytes, queue.device);
  TRIALFORGE_CUDA_CHECK_RESULT(error, "cudaMalloc");
  const cudaError_t zeroed = cudaMemsetAsync(data, 0, bytes, stream_of(queue));
  if (zeroed != cudaSuccess) cudaFree(data);
  TRIALFORGE_CUDA_CHECK_RESULT(zeroed, "cudaMemsetAsync");
  return data;
}

void release(int device, void* data) noexcept {
  cudaSetDevice(device);
  cudaFree(data);
}

void copy_from_host(const Queue& queue, void* target, const void* source, std::size_t bytes) {
  copy(queue, target, source, bytes, cudaMemcpyHostToDevice);
}

void copy_to_host(const Queue& queue, void* target, const void* source, std::size_t bytes) {
  copy(queue, target, source, bytes, cudaMemcpyDeviceToHost);
}

}  // namespace trialforge::cuda
