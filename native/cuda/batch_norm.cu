// Bound by memory. A thread keeps its channels: it makes their factors once and goes from pixel to
// pixel.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "cuda/backend.h"
#include "cuda/device/vector.cuh"
#include "cuda/launch.h"

namespace trialforge::cuda {
namespace {

constexpr int block_threads = 256;
constexpr int pixels_at_once = 4;
constexpr unsigned most_grid_rows = 65535;

// --- device helpers

struct Statistics {
  const float *mean, *variance;  // [channels]
  const float *scale, *offset;   // [channels] or null
  float epsilon;
};

// --- kernels

/** `lanes` threads side by side have `width` channels each; as many pixels as fit a block. */
template <int width>
__global__ void __launch_bounds__(block_threads)
    normalize_kernel(unsigned pixels, unsigned channels, unsigned lanes, Statistics statistics,
                     const float* x /* [pixels, channels] */, float* y /* [pixels, channels] */) {
  using Channels = device::Vector<float, width>;
  const unsigned first = threadIdx.x / lanes, lane = threadIdx.x - first * lanes;
  const unsigned at_once = block_threads / lanes;
  if (first >= at_once) return;
  for (unsigned c = (blockIdx.y * lanes + lane) * width; c < channels;
       c += gridDim.y * lanes * width) {
    Channels mean, factor, offset;
#pragma unroll
    for (int k = 0; k < width; ++k) {
      const float deviation = sqrtf(statistics.variance[c + k] + statistics.epsilon);
      mean.at[k] = statistics.mean[c + k];
      factor.at[k] = (statistics.scale == nullptr ? 1.0f : statistics.scale[c + k]) / deviation;
      offset.at[k] = statistics.offset == nullptr ? 0.0f : statistics.offset[c + k];
    }
    const unsigned step = gridDim.x * at_once;
    for (unsigned p = blockIdx.x * at_once + first; p < pixels; p += pixels_at_once * step) {
      Channels values[pixels_at_once];
#pragma unroll
      for (int j = 0; j < pixels_at_once; ++j) {
        if (p + j * step >= pixels) continue;
        const std::size_t at = static_cast<std::size_t>(p + j * step) * channels + c;
        values[j] = device::load<width>(x + at, 0, width);
      }
#pragma unroll
      for (int j = 0; j < pixels_at_once; ++j) {
        if (p + j * step >= pixels) continue;
#pragma unroll
        for (int k = 0; k < width; ++k) {
          values[j].at[k] = (values[j].at[k] - mean.at[k]) * factor.at[k] + offset.at[k];
        }
        const std::size_t at = static_cast<std::size_t>(p + j * step) * channels + c;
        device::store<width>(y + at, 0, width, values[j]);
      }
    }
  }
}

// --- launchers

template <int width>
void normalize(const Queue& queue, unsigned pixels, unsigned channels, const Statistics& statistics,
               const float* x, float* y) {
  const unsigned vectors = channels / width, lanes = std::min<unsigned>(vectors, block_threads);
  const std::size_t of_block = std::size_t{block_threads / lanes} * pixels_at_once;
  const dim3 grid(
      grid_for(queue, ceil_div(pixels, of_block)),
      std::min<unsigned>(static_cast<unsigned>(ceil_div(vectors, lanes)), most_grid_rows));
  launch(queue, {grid, dim3(block_threads)}, normalize_kernel<width>, pixels, channels, lanes,
         statistics, x, y);
}

}  // namespace

void batch_norm_inference(const Queue& queue, int pixels, int channels, const float* x,
                          const float* mean, const float* variance, const float* scale,
                          const float* offset, float epsilon, float* y) {
  const auto rows = static_cast<unsigned>(pixels), columns = static_cast<unsigned>(channels);
  const Statistics statistics{mean, variance, scale, offset, epsilon};
  if (channels % 4 == 0 && are_aligned(x, y)) {
    normalize<4>(queue, rows, columns, statistics, x, y);
  } else {
    normalize<1>(queue, rows, columns, statistics, x, y);
  }
}

}  // namespace trialforge::cuda
