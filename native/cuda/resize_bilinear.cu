// A thread has one pixel of the result, or four of its channels. Backwards it adds up what the
// pixels of dy that touch its own have for it, row by row: no atomics, one order.
#include <cstddef>
#include <cstdint>

#include "cuda/backend.h"
#include "cuda/device/divisor.cuh"
#include "cuda/device/vector.cuh"
#include "cuda/launch.h"

namespace trialforge::cuda {
namespace {

constexpr int block_threads = 256;

// --- device helpers

/** One axis of the images; where output pixel i lies is TensorFlow's arithmetic in double. */
struct Scale {
  int in, out;
  double ratio;
  bool half_pixel_centers;
};

/** Pixels of the input around a place, and the weight of the higher one. */
struct Tap {
  int low, high;
  float fraction;

  /** Of the input's pixel i. */
  __device__ float weight(int i) const {
    return (low == i ? 1 - fraction : 0.0f) + (high == i ? fraction : 0.0f);
  }
};

__device__ __forceinline__ Tap tap_of(const Scale& scale, int i) {
  // Rounded twice, as on the CPU: fused, it would miss pixels that it hits.
  const double at =
      scale.half_pixel_centers ? __dmul_rn(scale.ratio, i + 0.5) - 0.5 : scale.ratio * i;
  const double below = floor(at), above = ceil(at), last = scale.in - 1;
  const int low = static_cast<int>(below < 0 ? 0 : below > last ? last : below);
  const int high = static_cast<int>(above < 0 ? 0 : above > last ? last : above);
  return {low, high, static_cast<float>(at - low)};
}

/** The first output pixel that touches input pixel i or a later one. */
__device__ __forceinline__ int first_touching(const Scale& scale, int i) {
  int begin = 0, end = scale.out;
  while (begin < end) {
    const int middle = begin + (end - begin) / 2;
    if (tap_of(scale, middle).high < i) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return begin;
}

struct Images {
  unsigned n;  // vectors of the result
  int channels;
  device::Divisor vectors, width, height;  // of channels; of the result
  Scale rows, columns;
};

/** What a thread computes. */
struct Pixel {
  unsigned image, row, column, channel;
};

template <int width>
__device__ __forceinline__ Pixel pixel_of(const Images& images, unsigned i) {
  const unsigned pixel = images.vectors.quotient(i), line = images.width.quotient(pixel);
  const unsigned image = images.height.quotient(line);
  return {image, line - image * images.height.value, pixel - line * images.width.value,
          (i - pixel * images.vectors.value) * width};
}

// --- kernels

template <int width>
__global__ void __launch_bounds__(block_threads)
    forward_kernel(const __grid_constant__ Images images,
                   const float* x /* [batch, in_height, in_width, channels] */,
                   float* y /* [batch, out_height, out_width, channels] */) {
  using Channels = device::Vector<float, width>;
  const auto in_width = static_cast<std::size_t>(images.columns.in);
  for (unsigned i = blockIdx.x * block_threads + threadIdx.x; i < images.n;
       i += gridDim.x * block_threads) {
    const Pixel pixel = pixel_of<width>(images, i);
    const Tap row = tap_of(images.rows, static_cast<int>(pixel.row));
    const Tap column = tap_of(images.columns, static_cast<int>(pixel.column));
    const std::size_t first_line = static_cast<std::size_t>(pixel.image) * images.rows.in;
    const auto at = [&](int r, int c) {
      const std::size_t place = (first_line + r) * in_width + c;
      return device::load<width>(x + place * images.channels + pixel.channel, 0, width);
    };
    const Channels a = at(row.low, column.low), b = at(row.low, column.high);
    const Channels c = at(row.high, column.low), d = at(row.high, column.high);
    Channels result;
#pragma unroll
    for (int k = 0; k < width; ++k) {
      const float above = a.at[k] + (b.at[k] - a.at[k]) * column.fraction;
      const float below = c.at[k] + (d.at[k] - c.at[k]) * column.fraction;
      result.at[k] = above + (below - above) * row.fraction;
    }
    device::store<width>(y + static_cast<std::size_t>(i) * width, 0, width, result);
  }
}

template <int width>
__global__ void __launch_bounds__(block_threads)
    backward_kernel(const __grid_constant__ Images images,
                    const float* dy /* [batch, out_height, out_width, channels] */,
                    float* dx /* [batch, in_height, in_width, channels] */) {
  for (unsigned i = blockIdx.x * block_threads + threadIdx.x; i < images.n;
       i += gridDim.x * block_threads) {
    const Pixel pixel = pixel_of<width>(images, i);
    const int row = static_cast<int>(pixel.row), column = static_cast<int>(pixel.column);
    const int first_column = first_touching(images.columns, column);
    device::Vector<float, width> sum = {};
    for (int r = first_touching(images.rows, row); r < images.rows.out; ++r) {
      const Tap row_tap = tap_of(images.rows, r);
      if (row_tap.low > row) break;
      const float row_weight = row_tap.weight(row);
      const std::size_t line = static_cast<std::size_t>(pixel.image) * images.rows.out + r;
      for (int c = first_column; c < images.columns.out; ++c) {
        const Tap column_tap = tap_of(images.columns, c);
        if (column_tap.low > column) break;
        const float weight = row_weight * column_tap.weight(column);
        const std::size_t place = line * images.columns.out + c;
        const auto d = device::load<width>(dy + place * images.channels + pixel.channel, 0, width);
#pragma unroll
        for (int k = 0; k < width; ++k) sum.at[k] += weight * d.at[k];
      }
    }
    device::store<width>(dx + static_cast<std::size_t>(i) * width, 0, width, sum);
  }
}

// --- launchers

Scale scale_of(int in, int out, const ResizeShape& shape) {
  const bool aligned = shape.align_corners && out > 1;
  const double ratio =
      static_cast<double>(aligned ? in - 1 : in) / static_cast<double>(aligned ? out - 1 : out);
  return {in, out, ratio, shape.half_pixel_centers};
}

/** height, width: of the result. */
template <int width_of_vector>
Images images_of(const ResizeShape& shape, int height, int width) {
  const int vectors = shape.channels / width_of_vector;
  const auto n = static_cast<unsigned>(shape.batch) * static_cast<unsigned>(height) *
                 static_cast<unsigned>(width) * static_cast<unsigned>(vectors);
  return {n,
          shape.channels,
          device::Divisor(vectors),
          device::Divisor(width),
          device::Divisor(height),
          scale_of(shape.in_height, shape.out_height, shape),
          scale_of(shape.in_width, shape.out_width, shape)};
}

LaunchShape shape_for(const Queue& queue, unsigned n) {
  return {dim3(grid_for(queue, ceil_div(n, block_threads))), dim3(block_threads)};
}

}  // namespace

void resize_bilinear_forward(const Queue& queue, const ResizeShape& shape, const float* x,
                             float* y) {
  if (shape.channels % 4 == 0 && are_aligned(x, y)) {
    const Images images = images_of<4>(shape, shape.out_height, shape.out_width);
    launch(queue, shape_for(queue, images.n), forward_kernel<4>, images, x, y);
  } else {
    const Images images = images_of<1>(shape, shape.out_height, shape.out_width);
    launch(queue, shape_for(queue, images.n), forward_kernel<1>, images, x, y);
  }
}

void resize_bilinear_backward(const Queue& queue, const ResizeShape& shape, const float* dy,
                              float* dx) {
  if (shape.channels % 4 == 0 && are_aligned(dy, dx)) {
    const Images images = images_of<4>(shape, shape.in_height, shape.in_width);
    launch(queue, shape_for(queue, images.n), backward_kernel<4>, images, dy, dx);
  } else {
    const Images images = images_of<1>(shape, shape.in_height, shape.in_width);
    launch(queue, shape_for(queue, images.n), backward_kernel<1>, images, dy, dx);
  }
}

}  // namespace trialforge::cuda
