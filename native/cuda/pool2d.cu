// Bound by memory: a thread has four neighbouring channels, or one where they do not go by four.
// The gradients are gathered. Where windows are apart, a thread takes a cell, which is a window
// with the gap that follows it: it reads the window's gradient once and writes all of the cell.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "cuda/backend.h"
#include "cuda/device/activation.cuh"
#include "cuda/device/nhwc.cuh"
#include "cuda/device/vector.cuh"
#include "cuda/launch.h"

namespace trialforge::cuda {
namespace {

constexpr int block_threads = 256;
/** A thread that writes a larger cell would have too much to do alone. */
constexpr int longest_cell = 4;

struct Axis {
  int in, out, pool, stride, pad;
};

/** A pooling whose channels are counted in vectors. */
struct Pooling {
  Axis rows, columns;
  int channels;
  bool skip_nan;
};

// --- device helpers

/** From the first pixel of a window that is in the image to the one after the last. */
struct Range {
  int first, end;
};

__device__ __forceinline__ Range pixels_of_window(const Axis& axis, int window) {
  const int start = window * axis.stride - axis.pad;
  return {start < 0 ? 0 : start, start > axis.in - axis.pool ? axis.in : start + axis.pool};
}

__device__ __forceinline__ Range windows_of_pixel(const Axis& axis, int pixel) {
  // Unsigned, because a padding may be as large as half the largest int.
  const unsigned at = static_cast<unsigned>(pixel) + static_cast<unsigned>(axis.pad);
  const unsigned pool = axis.pool, stride = axis.stride, out = axis.out;
  const unsigned first = at < pool ? 0 : (at - pool) / stride + 1, end = at / stride + 1;
  return {static_cast<int>(first), static_cast<int>(end < out ? end : out)};
}

/**
 * Calls visit(pixel of the image, inside) for each pixel of a window, row by row. With a `pool`,
 * which is the size on both axes, all its pixels are visited, and what is outside of the image
 * stands for the nearest one inside; `inside` says so. With 0 it is any size.
 */
template <int pool, typename Visit>
__device__ __forceinline__ void for_each_pixel(const Pooling& s, int window_row, int window_column,
                                               Visit visit) {
  const Range rows = pixels_of_window(s.rows, window_row);
  const Range columns = pixels_of_window(s.columns, window_column);
  if constexpr (pool > 0) {
    const int top = window_row * s.rows.stride - s.rows.pad;
    const int left = window_column * s.columns.stride - s.columns.pad;
#pragma unroll
    for (int r = 0; r < pool; ++r) {
      const int row = std::min(std::max(top + r, rows.first), rows.end - 1);
#pragma unroll
      for (int c = 0; c < pool; ++c) {
        const int column = std::min(std::max(left + c, columns.first), columns.end - 1);
        visit(row * s.columns.in + column, row == top + r && column == left + c);
      }
    }
  } else {
    for (int row = rows.first; row < rows.end; ++row) {
#pragma unroll 4
      for (int column = columns.first; column < columns.end; ++column) {
        visit(row * s.columns.in + column, true);
      }
    }
  }
}

template <int width>
struct Largest {
  device::Vector<float, width> value;
  device::Vector<std::int32_t, width> position;
};

/** The largest elements of a window, and where in the image they are: the first of equal ones. */
template <int width, int pool>
__device__ __forceinline__ Largest<width> largest_of_window(
    const Pooling& s, const float* image /* [in rows, in columns, channels] */, int window_row,
    int window_column, int channel) {
  Largest<width> best;
  const Range rows = pixels_of_window(s.rows, window_row);
  const Range columns = pixels_of_window(s.columns, window_column);
  const int first = (rows.first * s.columns.in + columns.first) * s.channels + channel;
#pragma unroll
  for (int k = 0; k < width; ++k) {
    best.value.at[k] = s.skip_nan ? NAN : -INFINITY;
    best.position.at[k] = first * width + k;
  }
  for_each_pixel<pool>(s, window_row, window_column, [&](int pixel, bool) {
    const int at = (pixel * s.channels + channel) * width;
    const auto x = *reinterpret_cast<const device::Vector<float, width>*>(image + at);
#pragma unroll
    for (int k = 0; k < width; ++k) {
      const float value = x.at[k], largest = best.value.at[k];
      // Larger, or one of the two is NaN: a NaN stays, or with skip_nan it is never taken.
      const float number = s.skip_nan ? value : largest;
      if (!(value <= largest) && number == number) {
        best.value.at[k] = value;
        best.position.at[k] = at + k;
      }
    }
  });
  return best;
}

/** 1 / the pixels of a window that are in the image. */
__device__ __forceinline__ float inverse_size_of_window(const Pooling& s, int row, int column) {
  const Range rows = pixels_of_window(s.rows, row);
  const Range columns = pixels_of_window(s.columns, column);
  return 1 / (static_cast<float>(rows.end - rows.first) *
              static_cast<float>(columns.end - columns.first));
}

template <int width>
__device__ __forceinline__ std::size_t image_elements(const Pooling& s) {
  return static_cast<std::size_t>(s.rows.in) * s.columns.in * s.channels * width;
}

/** Vector `i` of a tensor. */
template <int width, typename T>
__device__ __forceinline__ device::Vector<T, width> vector_at(const T* x, std::size_t i) {
  return reinterpret_cast<const device::Vector<T, width>*>(x)[i];
}

template <int width, typename T>
__device__ __forceinline__ void set_vector(T* y, std::size_t i,
                                           const device::Vector<T, width>& value) {
  reinterpret_cast<device::Vector<T, width>*>(y)[i] = value;
}

template <int width>
__device__ __forceinline__ void take_through(Activation activation,
                                             const device::Vector<float, width>& y,
                                             device::Vector<float, width>& dy) {
  device::with_activation(activation, [&](auto constant) {
#pragma unroll
    for (int k = 0; k < width; ++k) {
      dy.at[k] = device::activation_gradient<decltype(constant)::value>(y.at[k], dy.at[k]);
    }
  });
}

/** The gradient of a window's elements: `value` of the one at `position`. */
template <int width>
struct LargestGradient {
  device::Vector<float, width> value{};
  device::Vector<std::int32_t, width> position{};

  __device__ __forceinline__ float at(int k, int wanted) const {
    return position.at[k] == wanted ? value.at[k] : 0.0f;
  }
};

// Where the gradients of windows come from; `i` is the vector of y.

struct FromArgmax {
  const float* dy;  // [batch, out rows, out columns, channels], like the next two
  const std::int32_t* argmax;
  const float* y;  // null without an activation
  Activation activation;

  template <int width>
  __device__ __forceinline__ LargestGradient<width> gradient(const Pooling&,
                                                             const device::Nhwc::Position&,
                                                             std::size_t i) const {
    LargestGradient<width> result;
    result.value = vector_at<width>(dy, i);
    result.position = vector_at<width>(argmax, i);
    if (activation != Activation::linear) {
      take_through<width>(activation, vector_at<width>(y, i), result.value);
    }
    return result;
  }
};

struct FromInput {
  const float* x;   // [batch, in rows, in columns, channels]
  const float* dy;  // [batch, out rows, out columns, channels]

  template <int width>
  __device__ __forceinline__ LargestGradient<width> gradient(const Pooling& s,
                                                             const device::Nhwc::Position& at,
                                                             std::size_t i) const {
    LargestGradient<width> result;
    result.value = vector_at<width>(dy, i);
    const float* image = x + at.image * image_elements<width>(s);
    result.position = largest_of_window<width, 0>(s, image, at.row, at.column, at.channel).position;
    return result;
  }
};

/** The same for all elements of a window. */
template <int width>
struct MeanGradient {
  device::Vector<float, width> value{};

  __device__ __forceinline__ float at(int k, int) const { return value.at[k]; }
};

struct FromMean {
  const float* dy;  // [batch, out rows, out columns, channels]

  template <int width>
  __device__ __forceinline__ MeanGradient<width> gradient(const Pooling& s,
                                                          const device::Nhwc::Position& at,
                                                          std::size_t i) const {
    MeanGradient<width> result{vector_at<width>(dy, i)};
    const float inverse = inverse_size_of_window(s, at.row, at.column);
#pragma unroll
    for (int k = 0; k < width; ++k) result.value.at[k] *= inverse;
    return result;
  }
};

// --- kernels

template <int width, int pool>
__global__ void __launch_bounds__(block_threads)
    max_forward_kernel(Pooling s, device::Nhwc outputs, unsigned n,
                       const float* x /* [batch, in rows, in columns, channels] */,
                       float* y /* [batch, out rows, out columns, channels] or null */,
                       std::int32_t* argmax /* like y, or null */) {
  for (unsigned i = blockIdx.x * block_threads + threadIdx.x; i < n;
       i += gridDim.x * block_threads) {
    const device::Nhwc::Position at = outputs.position_of(i);
    const float* image = x + at.image * image_elements<width>(s);
    const Largest<width> best =
        largest_of_window<width, pool>(s, image, at.row, at.column, at.channel);
    if (y != nullptr) set_vector<width>(y, i, best.value);
    if (argmax != nullptr) set_vector<width>(argmax, i, best.position);
  }
}

template <int width, int pool>
__global__ void __launch_bounds__(block_threads)
    average_forward_kernel(Pooling s, device::Nhwc outputs, unsigned n,
                           const float* x /* [batch, in rows, in columns, channels] */,
                           float* y /* [batch, out rows, out columns, channels] */) {
  for (unsigned i = blockIdx.x * block_threads + threadIdx.x; i < n;
       i += gridDim.x * block_threads) {
    const device::Nhwc::Position at = outputs.position_of(i);
    const float* image = x + at.image * image_elements<width>(s);
    device::Vector<float, width> sum{};
    for_each_pixel<pool>(s, at.row, at.column, [&](int pixel, bool inside) {
      const auto value = vector_at<width>(image, pixel * s.channels + at.channel);
#pragma unroll
      for (int k = 0; k < width; ++k) sum.at[k] += inside ? value.at[k] : 0.0f;
    });
    const float inverse = inverse_size_of_window(s, at.row, at.column);
#pragma unroll
    for (int k = 0; k < width; ++k) sum.at[k] *= inverse;
    set_vector<width>(y, i, sum);
  }
}

/** Of windows that are apart: dx of a cell from the one window in it, or zeros. */
template <int width, typename Source>
__global__ void __launch_bounds__(block_threads)
    cells_kernel(Pooling s, device::Nhwc cells, unsigned n, Source source,
                 float* dx /* [batch, in rows, in columns, channels] */) {
  for (unsigned i = blockIdx.x * block_threads + threadIdx.x; i < n;
       i += gridDim.x * block_threads) {
    const device::Nhwc::Position at = cells.position_of(i);
    const int row = at.row, column = at.column, channel = at.channel;
    const bool has_window = row < s.rows.out && column < s.columns.out;
    decltype(source.template gradient<width>(s, at, 0)) gradient;
    if (has_window) {
      const std::size_t pixel =
          (static_cast<std::size_t>(at.image) * s.rows.out + row) * s.columns.out + column;
      gradient = source.template gradient<width>(s, at, pixel * s.channels + channel);
    }
    float* image = dx + at.image * image_elements<width>(s);
    for (int r = 0; r < s.rows.stride; ++r) {
      const int h = row * s.rows.stride - s.rows.pad + r;
      if (h < 0 || h >= s.rows.in) continue;
      for (int c = 0; c < s.columns.stride; ++c) {
        const int w = column * s.columns.stride - s.columns.pad + c;
        if (w < 0 || w >= s.columns.in) continue;
        const int vector = (h * s.columns.in + w) * s.channels + channel;
        const bool in_window = has_window && r < s.rows.pool && c < s.columns.pool;
        device::Vector<float, width> value;
#pragma unroll
        for (int k = 0; k < width; ++k) {
          value.at[k] = in_window ? gradient.at(k, vector * width + k) : 0.0f;
        }
        set_vector<width>(image, vector, value);
      }
    }
  }
}

/** Of windows that overlap: each element of dx sums over its windows, row by row. */
template <int width, typename Source>
__global__ void __launch_bounds__(block_threads)
    gather_kernel(Pooling s, device::Nhwc inputs, unsigned n, Source source,
                  float* dx /* [batch, in rows, in columns, channels] */) {
  for (unsigned i = blockIdx.x * block_threads + threadIdx.x; i < n;
       i += gridDim.x * block_threads) {
    device::Nhwc::Position at = inputs.position_of(i);
    const Range rows = windows_of_pixel(s.rows, at.row);
    const Range columns = windows_of_pixel(s.columns, at.column);
    const int position = ((at.row * s.columns.in + at.column) * s.channels + at.channel) * width;
    device::Vector<float, width> sum{};
    for (int row = rows.first; row < rows.end; ++row) {
#pragma unroll 2
      for (int column = columns.first; column < columns.end; ++column) {
        at.row = row;
        at.column = column;
        const std::size_t pixel =
            (static_cast<std::size_t>(at.image) * s.rows.out + row) * s.columns.out + column;
        const auto gradient =
            source.template gradient<width>(s, at, pixel * s.channels + at.channel);
#pragma unroll
        for (int k = 0; k < width; ++k) sum.at[k] += gradient.at(k, position + k);
      }
    }
    set_vector<width>(dx, i, sum);
  }
}

// --- launchers

Pooling pooling(const Pool2dShape& s, int width) {
  return {{s.in_height, s.out_height(), s.pool_height, s.stride_height, s.pad_top()},
          {s.in_width, s.out_width(), s.pool_width, s.stride_width, s.pad_left()},
          s.channels / width,
          s.skip_nan};
}

device::Nhwc tensor(int height, int width, int channels) {
  return {device::Divisor(height), device::Divisor(width), device::Divisor(channels)};
}

/** Calls `body` with the width of vectors, if `aligned` 4 where the channels go by four. */
template <typename Body>
void with_width(const Pool2dShape& s, bool aligned, const Body& body) {
  if (aligned && s.channels % 4 == 0) return body(std::integral_constant<int, 4>{});
  body(std::integral_constant<int, 1>{});
}

/** Calls `body` with the size of the windows if there are kernels for that alone, otherwise 0. */
template <typename Body>
void with_pool(const Pool2dShape& s, const Body& body) {
  if (s.pool_height == 2 && s.pool_width == 2) return body(std::integral_constant<int, 2>{});
  body(std::integral_constant<int, 0>{});
}

LaunchShape shape_for(const Queue& queue, std::size_t n) {
  return {dim3(grid_for(queue, ceil_div(n, block_threads))), dim3(block_threads)};
}

bool is_in_cells(const Pool2dShape& s) {
  return s.pool_height <= s.stride_height && s.pool_width <= s.stride_width &&
         std::max(s.stride_height, s.stride_width) <= longest_cell;
}

int cells(int in, int stride, int pad) { return (in - 1 + pad) / stride + 1; }

template <typename Source>
void backward(const Queue& queue, const Pool2dShape& s, bool aligned, const Source& source,
              float* dx) {
  with_width(s, aligned, [&](auto constant) {
    constexpr int width = decltype(constant)::value;
    const int channels = s.channels / width;
    if (is_in_cells(s)) {
      const int height = cells(s.in_height, s.stride_height, s.pad_top());
      const int columns = cells(s.in_width, s.stride_width, s.pad_left());
      const std::size_t n = static_cast<std::size_t>(s.batch) * height * columns * channels;
      launch(queue, shape_for(queue, n), cells_kernel<width, Source>, pooling(s, width),
             tensor(height, columns, channels), static_cast<unsigned>(n), source, dx);
      return;
    }
    // There the window's gradient is computed for each of its elements anew.
    if constexpr (!std::is_same_v<Source, FromInput>) {
      const std::size_t n = s.x_size() / width;
      launch(queue, shape_for(queue, n), gather_kernel<width, Source>, pooling(s, width),
             tensor(s.in_height, s.in_width, channels), static_cast<unsigned>(n), source, dx);
    }
  });
}

}  // namespace

void max_pool2d_forward(const Queue& queue, const Pool2dShape& s, const float* x, float* y,
                        std::int32_t* argmax) {
  with_width(s, are_aligned(x, y, argmax), [&](auto width_constant) {
    with_pool(s, [&](auto pool_constant) {
      constexpr int width = decltype(width_constant)::value;
      const std::size_t n = s.y_size() / width;
      launch(queue, shape_for(queue, n), max_forward_kernel<width, decltype(pool_constant)::value>,
             pooling(s, width), tensor(s.out_height(), s.out_width(), s.channels / width),
             static_cast<unsigned>(n), x, y, argmax);
    });
  });
}

void max_pool2d_backward(const Queue& queue, const Pool2dShape& s, const float* dy,
                         const std::int32_t* argmax, Activation x_activation, const float* y,
                         float* dx) {
  backward(queue, s, are_aligned(dy, argmax, y, dx), FromArgmax{dy, argmax, y, x_activation}, dx);
}

std::size_t max_pool2d_input_gradient_workspace(const Pool2dShape& s) noexcept {
  return is_in_cells(s) ? 0 : s.y_size();
}

void max_pool2d_input_gradient(const Queue& queue, const Pool2dShape& s, const float* x,
                               const float* dy, float* dx, std::int32_t* workspace) {
  if (is_in_cells(s)) {
    backward(queue, s, are_aligned(x, dy, dx), FromInput{x, dy}, dx);
    return;
  }
  max_pool2d_forward(queue, s, x, nullptr, workspace);
  max_pool2d_backward(queue, s, dy, workspace, Activation::linear, nullptr, dx);
}

void average_pool2d_forward(const Queue& queue, const Pool2dShape& s, const float* x, float* y) {
  with_width(s, are_aligned(x, y), [&](auto width_constant) {
    with_pool(s, [&](auto pool_constant) {
      constexpr int width = decltype(width_constant)::value;
      const std::size_t n = s.y_size() / width;
      launch(queue, shape_for(queue, n),
             average_forward_kernel<width, decltype(pool_constant)::value>, pooling(s, width),
             tensor(s.out_height(), s.out_width(), s.channels / width), static_cast<unsigned>(n), x,
             y);
    });
  });
}

void average_pool2d_backward(const Queue& queue, const Pool2dShape& s, const float* dy, float* dx) {
  backward(queue, s, are_aligned(dy, dx), FromMean{dy}, dx);
}

}  // namespace trialforge::cuda
