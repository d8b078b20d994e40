#include <cstddef>
#include <cstdint>

#include "cuda/device/activation.cuh"
#include "cuda/device/vector.cuh"
#include "cuda/launch.h"
#include "cuda/training.h"
#include "trialforge/random.h"

namespace trialforge::cuda {
namespace {

constexpr int block_threads = 256;
constexpr int words = 4;  // of a random block: a thread's elements

// --- device helpers

/** A mask that the host knows. */
struct GivenMask {
  DropoutMask mask;
  __device__ DropoutMask of(std::size_t) const { return mask; }
};

/** The mask of a network's layer in the step under way. */
struct TrialMask {
  const TrialState* states;
  const float* rates;  // [count, layers]
  int layers, layer;
  __device__ DropoutMask of(std::size_t network) const {
    const TrialState& state = states[network];
    return {rates[network * layers + layer], state.seed, dropout_step(state.iteration, layer)};
  }
};

// --- kernels. blockIdx.y is the network.

template <typename Mask, int width>
__global__ void __launch_bounds__(block_threads)
    dropout_kernel(Mask masks, const float* x /* [networks, n] */, Activation activation,
                   const float* activated /* [networks, n], or null with linear */,
                   float* y /* [networks, n] */, std::size_t n) {
  const DropoutMask mask = masks.of(blockIdx.y);
  const std::uint32_t threshold = dropout_threshold(mask.rate);
  const float scale = 1 / (1 - mask.rate);
  const std::size_t base = blockIdx.y * n;
  const std::size_t blocks = (n + words - 1) / words;
  for (std::size_t block = std::size_t{blockIdx.x} * block_threads + threadIdx.x; block < blocks;
       block += std::size_t{gridDim.x} * block_threads) {
    const auto random = random_block(mask.seed, RandomPurpose::dropout, mask.step, block);
#pragma unroll
    for (int v = 0; v < words; v += width) {
      const std::size_t i = block * words + v;
      auto values = device::load<width>(x + base, i, n);
#pragma unroll
      for (int k = 0; k < width; ++k) {
        values.at[k] = random[v + k] >> 8 < threshold ? 0.0f : values.at[k] * scale;
      }
      if (activation != Activation::linear) {
        const auto outputs = device::load<width>(activated + base, i, n);
        device::with_activation(activation, [&](auto constant) {
#pragma unroll
          for (int k = 0; k < width; ++k) {
            values.at[k] =
                device::activation_gradient<decltype(constant)::value>(outputs.at[k], values.at[k]);
          }
        });
      }
      device::store<width>(y + base, i, n, values);
    }
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
  const auto kernel = aligned ? dropout_kernel<Mask, 4> : dropout_kernel<Mask, 1>;
  launch(queue, shape, kernel, masks, x, activation, activated, y, n);
}

}  // namespace

void dropout(const Queue& queue, const DropoutMask& mask, const float* x, float* y, std::size_t n) {
  queue_dropout(queue, 1, GivenMask{mask}, x, Activation::linear, nullptr, y, n);
}

void dropout_forward(const Queue& queue, int count, const TrialState* states, const float* rates,
                     int layers, int layer, const float* x, float* y, std::size_t n) {
  queue_dropout(queue, count, TrialMask{states, rates, layers, layer}, x, Activation::linear,
                nullptr, y, n);
}

void dropout_backward(const Queue& queue, int count, const TrialState* states, const float* rates,
                      int layers, int layer, const float* dy, Activation x_activation,
                      const float* x, float* dx, std::size_t n) {
  queue_dropout(queue, count, TrialMask{states, rates, layers, layer}, dy, x_activation, x, dx, n);
}

}  // namespace trialforge::cuda
