#include <cstddef>
#include <cstdint>

#include "cuda/device/reduce.cuh"
#include "cuda/device/vector.cuh"
#include "cuda/launch.h"
#include "cuda/training.h"

namespace trialforge::cuda {
namespace {

constexpr int block_threads = 256;

// --- device helpers

/** to[i] = value(i) for i < n, `width` at a time; `convert` makes `width` of them. */
template <int width, typename Convert>
__device__ __forceinline__ void copy_row(float* to, std::size_t n, Convert convert) {
  for (std::size_t i = std::size_t{threadIdx.x} * width; i < n;
       i += std::size_t{block_threads} * width) {
    device::store<width>(to, i, n, convert(i));
  }
}

template <int width>
__device__ __forceinline__ void copy_sample(const BatchSource& source, std::size_t sample,
                                            std::size_t size, float* to /* [size] */) {
  if (source.bytes != nullptr) {
    const std::uint8_t* const from = source.bytes + sample * size;
    copy_row<width>(to, size, [&](std::size_t i) {
      const auto raw = device::load<width>(from, i, size);
      device::Vector<float, width> scaled;
#pragma unroll
      for (int k = 0; k < width; ++k) scaled.at[k] = static_cast<float>(raw.at[k]) * (1.0f / 255);
      return scaled;
    });
  } else {
    const float* const from = source.floats + sample * size;
    copy_row<width>(to, size, [&](std::size_t i) { return device::load<width>(from, i, size); });
  }
}

__device__ __forceinline__ void set_next_factors(TrialState& state) {
  const std::uint64_t next = state.step + 1;
  state.factors[next % 2] = step_factors(state.optimizer, next);
}

// --- kernels

__global__ void begin_kernel(TrialState* states, PassSums* sums) {
  TrialState& state = states[blockIdx.x];
  state.position = 0;
  set_next_factors(state);
  sums[blockIdx.x] = {};
}

/** A block copies one sample after the other. */
template <int width>
__global__ void __launch_bounds__(block_threads)
    gather_kernel(int count, int batch, bool trains, std::size_t sample_size, int classes,
                  const BatchSource* source, TrialState* states,
                  float* x /* [count, batch, sample_size] */,
                  std::int32_t* labels /* [count, batch] or null */,
                  float* targets /* [count, batch, classes] or null */) {
  const BatchSource from = *source;
  const std::size_t rows = std::size_t(count) * batch;
  for (std::size_t row = blockIdx.x; row < rows; row += gridDim.x) {
    const std::size_t network = row / batch, in_batch = row % batch;
    if (trains && in_batch == 0 && threadIdx.x == 0) ++states[network].step;
    const std::size_t place = states[network].position + in_batch;
    const std::size_t sample =
        from.order == nullptr ? place : from.order[network * from.order_stride + place];
    copy_sample<width>(from, sample, sample_size, x + row * sample_size);
    if (labels != nullptr && threadIdx.x == 0) labels[row] = from.labels[sample];
    if (targets != nullptr) {
      for (int c = threadIdx.x; c < classes; c += block_threads) {
        targets[row * classes + c] = from.targets[sample * classes + c];
      }
    }
  }
}

/** Block t is network t. */
__global__ void __launch_bounds__(block_threads)
    finish_kernel(int batch, bool trains, const float* loss /* [count, batch] or null */,
                  const float* correct /* [count, batch] or null */,
                  const double* penalties /* [count, chunks] or null */, std::size_t chunks,
                  TrialState* states, PassSums* sums) {
  const std::size_t network = blockIdx.x;
  double total_loss = 0, total_correct = 0, total_penalty = 0;
  if (loss != nullptr) {
    for (int i = threadIdx.x; i < batch; i += block_threads) {
      total_loss += loss[network * batch + i];
      total_correct += correct[network * batch + i];
    }
  }
  if (penalties != nullptr) {
    for (std::size_t i = threadIdx.x; i < chunks; i += block_threads) {
      total_penalty += penalties[network * chunks + i];
    }
  }
  total_loss = device::block_reduce<block_threads>(total_loss, device::Sum{});
  total_correct = device::block_reduce<block_threads>(total_correct, device::Sum{});
  total_penalty = device::block_reduce<block_threads>(total_penalty, device::Sum{});
  if (threadIdx.x != 0) return;
  sums[network].loss += total_loss;
  sums[network].correct += total_correct;
  sums[network].penalty += total_penalty * batch;
  TrialState& state = states[network];
  state.position += static_cast<std::uint32_t>(batch);
  if (trains) set_next_factors(state);
}

}  // namespace

// --- launchers

void begin_pass(const Queue& queue, int count, TrialState* states, PassSums* sums) {
  launch(queue, {dim3(static_cast<unsigned>(count)), dim3(1)}, begin_kernel, states, sums);
}

void gather_batch(const Queue& queue, int count, int batch, bool trains, std::size_t sample_size,
                  int classes, const BatchSource* source, TrialState* states, float* x,
                  std::int32_t* labels, float* targets) {
  const std::size_t rows = static_cast<std::size_t>(count) * static_cast<std::size_t>(batch);
  const LaunchShape shape{dim3(grid_for(queue, rows)), dim3(block_threads)};
  // Datasets begin aligned, so rows of whole vectors are aligned too.
  const auto kernel = sample_size % 4 == 0 ? gather_kernel<4> : gather_kernel<1>;
  launch(queue, shape, kernel, count, batch, trains, sample_size, classes, source, states, x,
         labels, targets);
}

void finish_batch(const Queue& queue, int count, int batch, bool trains, const float* loss,
                  const float* correct, const double* penalties, std::size_t chunks,
                  TrialState* states, PassSums* sums) {
  launch(queue, {dim3(static_cast<unsigned>(count)), dim3(block_threads)}, finish_kernel, batch,
         trains, loss, correct, penalties, chunks, states, sums);
}

}  // namespace trialforge::cuda
