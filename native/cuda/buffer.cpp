#include <cuda_runtime.h>

#include <array>
#include <cstdint>
#include <limits>
#include <mutex>

#include "cuda/backend.h"
#include "cuda/check.h"
#include "cuda/handles.h"
#include "cuda/write_bytes.h"

namespace trialforge::cuda {
namespace {

cudaStream_t stream_of(const Queue& queue) { return static_cast<cudaStream_t>(queue.stream); }

/**
 * The pool that allocations of a device come from, null where it has none. It keeps what is freed:
 * by default it would give everything back to the system whenever a stream is waited for.
 */
cudaMemPool_t open_pool(int device) {
  int supported = 0;
  TRIALFORGE_CUDA_CHECK(
      cudaDeviceGetAttribute(&supported, cudaDevAttrMemoryPoolsSupported, device));
  if (supported == 0) return nullptr;
  cudaMemPool_t pool = nullptr;
  TRIALFORGE_CUDA_CHECK(cudaDeviceGetDefaultMemPool(&pool, device));
  std::uint64_t threshold = std::numeric_limits<std::uint64_t>::max();
  TRIALFORGE_CUDA_CHECK(cudaMemPoolSetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &threshold));
  return pool;
}

constexpr int most_devices = 64;
struct Pools {
  std::mutex lock;
  std::array<bool, most_devices> is_open{};
  std::array<cudaMemPool_t, most_devices> pool{};
};

cudaMemPool_t pool_of(int device) {
  static Pools pools;
  if (device >= most_devices) return nullptr;
  const std::lock_guard guard(pools.lock);
  const auto i = static_cast<std::size_t>(device);
  if (!pools.is_open[i]) {
    pools.pool[i] = open_pool(device);
    pools.is_open[i] = true;
  }
  return pools.pool[i];
}

cudaError_t try_allocate(const Queue& queue, cudaMemPool_t pool, void** data, std::size_t bytes) {
  return pool == nullptr ? cudaMalloc(data, bytes) : cudaMallocAsync(data, bytes, stream_of(queue));
}

void queue_copy(const Queue& queue, void* target, const void* source, std::size_t bytes,
                cudaMemcpyKind kind) {
  TRIALFORGE_CUDA_CHECK(cudaSetDevice(queue.device));
  TRIALFORGE_CUDA_CHECK(cudaMemcpyAsync(target, source, bytes, kind, stream_of(queue)));
}

}  // namespace

void trim_pool(int device) {
  const cudaMemPool_t pool = pool_of(device);
  if (pool == nullptr) return;
  const std::unique_lock no_recording(recording_of(device));
  TRIALFORGE_CUDA_CHECK(cudaSetDevice(device));
  TRIALFORGE_CUDA_CHECK(cudaDeviceSynchronize());
  TRIALFORGE_CUDA_CHECK(cudaMemPoolTrimTo(pool, 0));
}

void* allocate(const Queue& queue, std::size_t bytes, BufferContents contents) {
  TRIALFORGE_CUDA_CHECK(cudaSetDevice(queue.device));
  const cudaMemPool_t pool = pool_of(queue.device);
  void* data = nullptr;
  cudaError_t error = try_allocate(queue, pool, &data, bytes);
  if (error == cudaErrorMemoryAllocation && pool != nullptr) {
    // What other streams have freed can be had once they are done, and in other sizes once the pool
    // has let go of it.
    cudaGetLastError();
    trim_pool(queue.device);
    error = try_allocate(queue, pool, &data, bytes);
  }
  if (error == cudaErrorMemoryAllocation) throw_out_of_memory(bytes, queue.device);
  TRIALFORGE_CUDA_CHECK_RESULT(error, "the allocation");
  if (contents == BufferContents::anything) return data;
  const cudaError_t zeroed = cudaMemsetAsync(data, 0, bytes, stream_of(queue));
  if (zeroed != cudaSuccess) release(queue, data);
  TRIALFORGE_CUDA_CHECK_RESULT(zeroed, "cudaMemsetAsync");
  return data;
}

void release(const Queue& queue, void* data) noexcept {
  cudaSetDevice(queue.device);
  // Not opened here: what is freed was allocated.
  if (pool_of(queue.device) != nullptr) {
    cudaFreeAsync(data, stream_of(queue));
  } else {
    cudaFree(data);
  }
}

void queue_from_host(const Queue& queue, void* target, const void* source, std::size_t bytes) {
  if (bytes <= most_written_bytes) {
    write_bytes(queue, target, source, bytes);
  } else {
    copy_from_host(queue, target, source, bytes);
  }
}

void copy_from_host(const Queue& queue, void* target, const void* source, std::size_t bytes) {
  queue_copy(queue, target, source, bytes, cudaMemcpyHostToDevice);
  synchronize(queue);
}

void copy_to_host(const Queue& queue, void* target, const void* source, std::size_t bytes) {
  queue_copy(queue, target, source, bytes, cudaMemcpyDeviceToHost);
  synchronize(queue);
}

void copy_on_device(const Queue& queue, void* target, const void* source, std::size_t bytes) {
  queue_copy(queue, target, source, bytes, cudaMemcpyDeviceToDevice);
}

void copy_to_pinned(const Queue& queue, void* target, const void* source, std::size_t bytes) {
  queue_copy(queue, target, source, bytes, cudaMemcpyDeviceToHost);
}

}  // namespace trialforge::cuda
