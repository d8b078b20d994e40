// What the device does at best: multiply-adds of registers alone, and a copy of memory.
#include <cstddef>
#include <cstdint>

#include "cuda/backend.h"
#include "cuda/device/mma.cuh"
#include "cuda/device/vector.cuh"
#include "cuda/launch.h"

namespace trialforge::cuda {
namespace {

constexpr int block_threads = 256;
constexpr int warps = block_threads / 32;
constexpr int blocks_per_multiprocessor = 4;
/** Enough for the latency of a multiply-add, with 8 warps a scheduler. */
constexpr int chains = 8;
constexpr int vectors_per_thread = 8;

// --- device helpers

/** A chain's value stays finite: it converges to b / (1 - a). */
struct Float32Chains {
  static constexpr double flops_a_warp = 32.0 * 2 * chains;  // of a step
  float values[chains];

  __device__ __forceinline__ void start(float seed) {
#pragma unroll
    for (int i = 0; i < chains; ++i) values[i] = seed + static_cast<float>(i);
  }
  __device__ __forceinline__ void step(float a, float b) {
#pragma unroll
    for (int i = 0; i < chains; ++i) values[i] = fmaf(values[i], a, b);
  }
  __device__ __forceinline__ float sum() const {
    float total = 0;
#pragma unroll
    for (int i = 0; i < chains; ++i) total += values[i];
    return total;
  }
};

/** c += a b of small matrices, whose a and b are constant. */
template <Precision precision>
struct TensorChains {
  static constexpr int depth = precision == Precision::tf32 ? 8 : 16;
  static constexpr double flops_a_warp = 2.0 * 16 * 8 * depth * chains;  // of a step
  float values[chains][4];
  std::uint32_t a[4], b[2];

  __device__ __forceinline__ void start(float seed) {
    for (std::uint32_t& word : a) word = pack(seed);
    for (std::uint32_t& word : b) word = pack(seed * 0.5f);
#pragma unroll
    for (int i = 0; i < chains; ++i) {
#pragma unroll
      for (int k = 0; k < 4; ++k) values[i][k] = seed;
    }
  }
  __device__ __forceinline__ void step(float, float) {
#pragma unroll
    for (int i = 0; i < chains; ++i) {
      if constexpr (precision == Precision::tf32) {
        device::mma_tf32(values[i], a, b);
      } else {
        device::mma_bfloat16(values[i], a, b);
      }
    }
  }
  __device__ __forceinline__ float sum() const {
    float total = 0;
#pragma unroll
    for (int i = 0; i < chains; ++i) {
#pragma unroll
      for (int k = 0; k < 4; ++k) total += values[i][k];
    }
    return total;
  }

 private:
  static __device__ __forceinline__ std::uint32_t pack(float x) {
    if constexpr (precision == Precision::tf32) {
      return device::round_to_tf32(x);
    } else {
      return device::pack_bfloat16(x, x);
    }
  }
};

// --- kernels

template <typename Chains>
__global__ void __launch_bounds__(block_threads)
    multiply_add_kernel(int steps, float a, float b, float* sink /* a thread each */) {
  const std::size_t thread = blockIdx.x * static_cast<std::size_t>(block_threads) + threadIdx.x;
  Chains chains_of_thread;
  chains_of_thread.start(static_cast<float>(threadIdx.x) * 1e-3f);
#pragma unroll 4
  for (int i = 0; i < steps; ++i) chains_of_thread.step(a, b);
  sink[thread] = chains_of_thread.sum();
}

__global__ void __launch_bounds__(block_threads)
    copy_kernel(const float* from, float* to, std::size_t n) {
  constexpr int width = 4;
  constexpr std::size_t tile = std::size_t{block_threads} * width * vectors_per_thread;
  for (std::size_t begin = blockIdx.x * tile; begin < n; begin += gridDim.x * tile) {
    device::Vector<float, width> values[vectors_per_thread];
#pragma unroll
    for (int j = 0; j < vectors_per_thread; ++j) {
      const std::size_t i = begin + (j * std::size_t{block_threads} + threadIdx.x) * width;
      if (i < n) values[j] = device::load<width>(from, i, n);
    }
#pragma unroll
    for (int j = 0; j < vectors_per_thread; ++j) {
      const std::size_t i = begin + (j * std::size_t{block_threads} + threadIdx.x) * width;
      if (i < n) device::store<width>(to, i, n, values[j]);
    }
  }
}

// --- launchers

template <typename Body>
auto with_chains(Precision precision, const Body& body) {
  if (precision == Precision::tf32) return body(TensorChains<Precision::tf32>{});
  if (precision == Precision::bfloat16) return body(TensorChains<Precision::bfloat16>{});
  return body(Float32Chains{});
}

unsigned chain_blocks(const Queue& queue) {
  return blocks_per_multiprocessor * static_cast<unsigned>(multiprocessors(queue));
}

}  // namespace

MultiplyAdds multiply_adds(const Queue& queue, Precision precision, std::int64_t steps) {
  const unsigned blocks = chain_blocks(queue);
  return with_chains(precision, [&](auto chains_of_thread) -> MultiplyAdds {
    return {.threads = std::size_t{blocks} * block_threads,
            .flops = decltype(chains_of_thread)::flops_a_warp * warps * blocks *
                     static_cast<double>(steps)};
  });
}

void multiply_add_chains(const Queue& queue, Precision precision, std::int64_t steps, float* sink) {
  with_chains(precision, [&](auto chains_of_thread) {
    using Chains = decltype(chains_of_thread);
    launch(queue, {dim3(chain_blocks(queue)), dim3(block_threads)}, multiply_add_kernel<Chains>,
           static_cast<int>(steps), 0.5f, 0.25f, sink);
  });
}

void copy_by_kernel(const Queue& queue, const void* from, void* to, std::size_t bytes) {
  const std::size_t n = bytes / sizeof(float);
  if (n == 0) return;
  constexpr std::size_t tile = std::size_t{block_threads} * 4 * vectors_per_thread;
  launch(queue, {dim3(grid_for(queue, ceil_div(n, tile))), dim3(block_threads)}, copy_kernel,
         static_cast<const float*>(from), static_cast<float*>(to), n);
}

}  // namespace trialforge::cuda
