// Element-wise, so bound by memory: 16-byte loads, several of them in flight in each thread.
#include <cstddef>

#include "cuda/backend.h"
#include "cuda/device/activation.cuh"
#include "cuda/device/vector.cuh"
#include "cuda/launch.h"

namespace trialforge::cuda {
namespace {

constexpr int block_threads = 256;
constexpr int vectors_per_thread = 4;

// --- device helpers

template <int width>
__device__ __forceinline__ constexpr std::size_t tile_elements() {
  return static_cast<std::size_t>(block_threads) * width * vectors_per_thread;
}

// --- kernels. Blocks loop over tiles; in a tile, thread t has vectors t, t + block_threads, ...

template <Activation activation, int width>
__global__ void __launch_bounds__(block_threads)
    forward_kernel(const float* x /* [n] */, float* y /* [n] */, std::size_t n) {
  for (std::size_t tile = blockIdx.x * tile_elements<width>(); tile < n;
       tile += gridDim.x * tile_elements<width>()) {
    device::Vector<float, width> values[vectors_per_thread];
#pragma unroll
    for (int v = 0; v < vectors_per_thread; ++v) {
      values[v] = device::load<width>(x, tile + (v * block_threads + threadIdx.x) * width, n);
    }
#pragma unroll
    for (int v = 0; v < vectors_per_thread; ++v) {
#pragma unroll
      for (int k = 0; k < width; ++k) {
        values[v].at[k] = device::activation_value<activation>(values[v].at[k]);
      }
      device::store<width>(y, tile + (v * block_threads + threadIdx.x) * width, n, values[v]);
    }
  }
}

template <Activation activation, int width>
__global__ void __launch_bounds__(block_threads)
    backward_kernel(const float* y /* [n] */, const float* dy /* [n] */, float* dx /* [n] */,
                    std::size_t n) {
  for (std::size_t tile = blockIdx.x * tile_elements<width>(); tile < n;
       tile += gridDim.x * tile_elements<width>()) {
    device::Vector<float, width> outputs[vectors_per_thread], gradients[vectors_per_thread];
#pragma unroll
    for (int v = 0; v < vectors_per_thread; ++v) {
      const std::size_t i = tile + (v * block_threads + threadIdx.x) * width;
      outputs[v] = device::load<width>(y, i, n);
      gradients[v] = device::load<width>(dy, i, n);
    }
#pragma unroll
    for (int v = 0; v < vectors_per_thread; ++v) {
#pragma unroll
      for (int k = 0; k < width; ++k) {
        gradients[v].at[k] =
            device::activation_gradient<activation>(outputs[v].at[k], gradients[v].at[k]);
      }
      device::store<width>(dx, tile + (v * block_threads + threadIdx.x) * width, n, gradients[v]);
    }
  }
}

// --- launchers

template <int width>
LaunchShape shape_for(const Queue& queue, std::size_t n) {
  constexpr std::size_t tile = std::size_t{block_threads} * width * vectors_per_thread;
  return {dim3(grid_for(queue, ceil_div(n, tile))), dim3(block_threads)};
}

}  // namespace

void activation_forward(const Queue& queue, Activation activation, const float* x, float* y,
                        std::size_t n) {
  device::with_activation(activation, [&](auto constant) {
    constexpr Activation chosen = decltype(constant)::value;
    if (are_aligned(x, y)) {
      launch(queue, shape_for<4>(queue, n), forward_kernel<chosen, 4>, x, y, n);
    } else {
      launch(queue, shape_for<1>(queue, n), forward_kernel<chosen, 1>, x, y, n);
    }
  });
}

void activation_backward(const Queue& queue, Activation activation, const float* y, const float* dy,
                         float* dx, std::size_t n) {
  device::with_activation(activation, [&](auto constant) {
    constexpr Activation chosen = decltype(constant)::value;
    if (are_aligned(y, dy, dx)) {
      launch(queue, shape_for<4>(queue, n), backward_kernel<chosen, 4>, y, dy, dx, n);
    } else {
      launch(queue, shape_for<1>(queue, n), backward_kernel<chosen, 1>, y, dy, dx, n);
    }
  });
}

}  // namespace trialforge::cuda
