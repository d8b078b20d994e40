#include <cstddef>
#include <cstdint>

#include "cuda/device/activation.cuh"
#include "cuda/device/dropout.cuh"
#include "cuda/device/vector.cuh"
#include "cuda/launch.h"
#include "cuda/training.h"

namespace trialforge::cuda {
namespace {

constexpr int block_threads = 256;
constexpr int words = 4;  // of a random block: a thread's elements

// --- device helpers

/** A mask that the host knows. */
struct GivenMask {
  DropoutMask mask;
  __device__ device::Dropout of(std::size_t) const { return device::Dropout(mask); }
};

/** The mask of a network's layer in the step under way. */
struct TrialMask {
  TrialDropout layer;
  __device__ device::Dropout of(std::size_t network) const {
    return device::Dropout(layer, network);
  }
};

// --- kernels. blockIdx.y is the network.

template <typename Mask, bool aligned>
__global__ void __launch_bounds__(block_threads)
    dropout_kernel(Mask masks, const float* x /* [networks, n] */, Activation activation,
                   const float* activated /* [networks, n], or null with linear */,
                   float* y /* [networks, n] */, std::size_t n) {
  const device::Dropout dropout = masks.of(blockIdx.y);
  const std::size_t base = blockIdx.y * n;
  x += base;
  y += base;
  if (activation != Activation::linear) activated += base;
  for (std::size_t i = (std::size_t{blockIdx.x} * block_threads + threadIdx.x) * words; i < n;
       i += std::size_t{gridDim.x} * block_threads * words) {
    auto values = device::load<words>(x, i, n, aligned);
    dropout.apply(i, values);
    if (activation != Activation::linear) {
      const auto outputs = device::load<words>(activated, i, n, aligned);
      device::with_activation(activation, [&](auto constant) {
#pragma unroll
        for (int k = 0; k < words; ++k) {
          values.at[k] =
              device::activation_gradient<decltype(constant)::value>(outputs.at[k], values.at[k]);
        }
      });
    }
    device::store<words>(y, i, n, values, aligned);
  }
}

// --- launchers

template <typename Mask>
void queue_dropout(const Queue& queue, int networks, const Mask& masks, const float* x,
                   Activation activation, const float* activated, float* y, std::size_t n) {
  const LaunchShape shape{dim3(grid_for(queue, ceil_div(n, std::size_t{block_threads} * words)),
                               static_cast<unsigned>(networks)),
                          dim3(block_threads)};
  const bool aligned = are_aligned(x, y) && (activated == nullptr || are_aligned(activated)) &&
                       (networks == 1 || n % words == 0);
  const auto kernel = aligned ? dropout_kernel<Mask, true> : dropout_kernel<Mask, false>;
  launch(queue, shape, kernel, masks, x, activation, activated, y, n);
}

}  // namespace

void dropout(const Queue& queue, const DropoutMask& mask, const float* x, float* y, std::size_t n) {
  queue_dropout(queue, 1, GivenMask{mask}, x, Activation::linear, nullptr, y, n);
}

void dropout_forward(const Queue& queue, int count, const TrialDropout& layer, const float* x,
                     float* y, std::size_t n) {
  queue_dropout(queue, count, TrialMask{layer}, x, Activation::linear, nullptr, y, n);
}

void dropout_backward(const Queue& queue, int count, const TrialDropout& layer, const float* dy,
                      Activation x_activation, const float* x, float* dx, std::size_t n) {
  queue_dropout(queue, count, TrialMask{layer}, dy, x_activation, x, dx, n);
}

}  // namespace trialforge::cuda
