// The one way to start a kernel.
#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "cuda/backend.h"
#include "cuda/check.h"
#include "cuda/kernel_range.h"

namespace trialforge::cuda {

/** Dynamic shared memory that a block gets without being asked for it. */
constexpr std::size_t common_shared_bytes = 48 * 1024;
/** What it is asked for otherwise, always the same: the limit is the kernel's in all threads of the
 * host. Every device of compute capability 8.0 or more has it. */
constexpr std::size_t large_shared_bytes = 96 * 1024;

struct LaunchShape {
  dim3 grid;                     // blocks
  dim3 block;                    // threads of a block
  std::size_t shared_bytes = 0;  // dynamic shared memory of a block
};

/**
 * While one lives, this thread's launches load their kernels and queue nothing. CUDA loads a kernel
 * at its first use, for which it may have to wait for the device: not while work is recorded.
 */
class LoadOnly {
 public:
  LoadOnly() { is_on_ = true; }
  ~LoadOnly() { is_on_ = false; }
  LoadOnly(const LoadOnly&) = delete;
  LoadOnly& operator=(const LoadOnly&) = delete;
  static bool is_on() noexcept { return is_on_; }

 private:
  static thread_local bool is_on_;
};

/** Queues `kernel(arguments...)` and checks that it was accepted. Never waits. */
template <typename... Parameters, typename... Arguments>
void launch(const Queue& queue, const LaunchShape& shape, void (*kernel)(Parameters...),
            Arguments&&... arguments) {
  // Threads of the host start on device 0, and a stream takes launches from its own device only.
  TRIALFORGE_CUDA_CHECK(cudaSetDevice(queue.device));
  if (shape.shared_bytes > common_shared_bytes) {
    TRIALFORGE_CUDA_CHECK(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                               static_cast<int>(large_shared_bytes)));
  }
  if (LoadOnly::is_on()) {
    cudaFuncAttributes attributes;
    TRIALFORGE_CUDA_CHECK(
        cudaFuncGetAttributes(&attributes, reinterpret_cast<const void*>(kernel)));
    return;
  }
  cudaLaunchConfig_t config{};
  config.gridDim = shape.grid;
  config.blockDim = shape.block;
  config.dynamicSmemBytes = shape.shared_bytes;
  config.stream = static_cast<cudaStream_t>(queue.stream);
  const KernelRange range(queue, config, reinterpret_cast<const void*>(kernel));
  TRIALFORGE_CUDA_CHECK(cudaLaunchKernelEx(&config, kernel, std::forward<Arguments>(arguments)...));
}

/** ceil(n / d). */
constexpr std::size_t ceil_div(std::size_t n, std::size_t d) { return (n + d - 1) / d; }

/** Whether 16-byte vectors can be loaded from and stored to all of these. */
template <typename... Pointers>
bool are_aligned(const Pointers*... pointers) {
  return ((reinterpret_cast<std::uintptr_t>(pointers) % 16 == 0) && ...);
}

int multiprocessors(const Queue& queue);

/**
 * Blocks for a kernel whose blocks loop over `tiles`: as many as there are tiles, and no more than
 * fill the device a few times over.
 */
unsigned grid_for(const Queue& queue, std::size_t tiles);

}  // namespace trialforge::cuda
