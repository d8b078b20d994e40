// Bound by memory: a thread has four neighbouring channels, or one where they do not go by four, of
// a few pixels of a row, so that a weight is loaded once for all of them. What lies outside of the
// image is loaded from its first pixel and left out, because loads after branches would wait for
// each other.
#include <algorithm>
#include <cstddef>
#include <type_traits>

#include "cuda/backend.h"
#include "cuda/device/nhwc.cuh"
#include "cuda/device/vector.cuh"
#include "cuda/launch.h"
#include "cuda/partial_sums.h"

namespace trialforge::cuda {
namespace {

constexpr int block_threads = 256;
/** Neighbouring pixels that a thread computes. */
constexpr unsigned strip = 4;
/** Taps of the kernel whose gradients a thread sums up: those of a 3x3 kernel. */
constexpr int thread_taps = 9;
/** Those whose inputs it loads before it uses the first. */
constexpr int load_taps = 3;
/** Blocks that the sums over the pixels are shared out to, so that they fill the largest device. */
constexpr std::size_t filter_blocks = 1024;

// All of it modulo 2^32, where what lies before the first pixel is larger than any size.
struct Axis {
  unsigned in, out, kernel, stride, dilation, pad;
};

struct Depthwise {
  Axis rows, columns;
  unsigned in_channels, out_channels;  // in elements
  unsigned multiplier;
  device::Divisor row_stride, column_stride;
};

/** How the sum over pixels is shared out; a group is `thread_taps` taps of the kernel. */
struct FilterPlan {
  unsigned lanes;  // threads with neighbouring vectors of channels
  unsigned channel_blocks, groups, chunks;
  unsigned pixels, chunk_pixels;
};

// --- device helpers

template <int width>
using Floats = device::Vector<float, width>;

template <int width>
__device__ __forceinline__ Floats<width> floats_at(const float* x, std::size_t i) {
  return *reinterpret_cast<const Floats<width>*>(x + i);
}

/** The first channel of x that output `channel` is made of. */
template <bool spread>
__device__ __forceinline__ unsigned input_of(const Depthwise& s, unsigned channel) {
  return spread ? channel / s.multiplier : channel;
}

/** What is multiplied for a vector of outputs: neighbouring inputs, with `spread` all the same. */
template <int width, bool spread>
__device__ __forceinline__ Floats<width> inputs_at(const float* x, std::size_t i) {
  if constexpr (!spread) return floats_at<width>(x, i);
  Floats<width> result;
  const float value = x[i];
#pragma unroll
  for (int k = 0; k < width; ++k) result.at[k] = value;
  return result;
}

template <int width>
__device__ __forceinline__ void multiply_add(const Floats<width>& a, const Floats<width>& b,
                                             Floats<width>& sum) {
#pragma unroll
  for (int k = 0; k < width; ++k) sum.at[k] += a.at[k] * b.at[k];
}

/** The output whose window has pixel `at` - pad under tap `tap`; axis.out or more if none has. */
__device__ __forceinline__ unsigned output_of(const Axis& axis, const device::Divisor& stride,
                                              unsigned at, unsigned tap) {
  const unsigned start = at - tap * axis.dilation;
  if (start > (axis.out - 1) * axis.stride) return axis.out;
  const unsigned output = stride.quotient(start);
  return output * axis.stride == start ? output : axis.out;
}

// --- kernels

template <int width, bool spread>
__global__ void __launch_bounds__(block_threads)
    forward_kernel(Depthwise s, device::Nhwc strips, unsigned n,
                   const float* x /* [batch, in rows, in columns, in channels] */,
                   const float* w /* [kernel rows, kernel columns, out channels] */,
                   float* y /* [batch, out rows, out columns, out channels] */) {
  for (unsigned i = blockIdx.x * block_threads + threadIdx.x; i < n;
       i += gridDim.x * block_threads) {
    const device::Nhwc::Position at = strips.position_of(i);
    const unsigned first = at.column * strip, channel = at.channel * width;
    const unsigned input = input_of<spread>(s, channel);
    Floats<width> sums[strip] = {};
    for (unsigned kh = 0; kh < s.rows.kernel; ++kh) {
      const unsigned row = at.row * s.rows.stride + kh * s.rows.dilation - s.rows.pad;
      if (row >= s.rows.in) continue;
      const float* x_row =
          x + (static_cast<std::size_t>(at.image) * s.rows.in + row) * s.columns.in * s.in_channels;
      for (unsigned kw = 0; kw < s.columns.kernel; ++kw) {
        const std::size_t tap = kh * s.columns.kernel + kw;
        const Floats<width> weights = floats_at<width>(w, tap * s.out_channels + channel);
        Floats<width> inputs[strip];
        bool inside[strip];
#pragma unroll
        for (unsigned p = 0; p < strip; ++p) {
          const unsigned column =
              (first + p) * s.columns.stride + kw * s.columns.dilation - s.columns.pad;
          inside[p] = first + p < s.columns.out && column < s.columns.in;
          const std::size_t pixel = std::size_t{inside[p] ? column : 0} * s.in_channels;
          inputs[p] = inputs_at<width, spread>(x_row, pixel + input);
        }
#pragma unroll
        for (unsigned p = 0; p < strip; ++p) {
          if (inside[p]) multiply_add<width>(inputs[p], weights, sums[p]);
        }
      }
    }
    const std::size_t y_row =
        (static_cast<std::size_t>(at.image) * s.rows.out + at.row) * s.columns.out;
#pragma unroll
    for (unsigned p = 0; p < strip; ++p) {
      if (first + p >= s.columns.out) continue;
      *reinterpret_cast<Floats<width>*>(y + (y_row + first + p) * s.out_channels + channel) =
          sums[p];
    }
  }
}

/** Wider than 1, the multiplier is 1. */
template <int width>
__global__ void __launch_bounds__(block_threads)
    backward_input_kernel(Depthwise s, device::Nhwc strips, unsigned n,
                          const float* dy /* [batch, out rows, out columns, out channels] */,
                          const float* w /* [kernel rows, kernel columns, out channels] */,
                          float* dx /* [batch, in rows, in columns, in channels] */) {
  for (unsigned i = blockIdx.x * block_threads + threadIdx.x; i < n;
       i += gridDim.x * block_threads) {
    const device::Nhwc::Position at = strips.position_of(i);
    const unsigned first = at.column * strip, channel = at.channel * width;
    Floats<width> sums[strip] = {};
    for (unsigned kh = 0; kh < s.rows.kernel; ++kh) {
      const unsigned row = output_of(s.rows, s.row_stride, at.row + s.rows.pad, kh);
      if (row >= s.rows.out) continue;
      const float* dy_row = dy + (static_cast<std::size_t>(at.image) * s.rows.out + row) *
                                     s.columns.out * s.out_channels;
      for (unsigned kw = 0; kw < s.columns.kernel; ++kw) {
        const float* taps =
            w + (static_cast<std::size_t>(kh) * s.columns.kernel + kw) * s.out_channels;
        for (unsigned m = 0; m < s.multiplier; ++m) {
          const unsigned out_channel = channel * s.multiplier + m;
          const Floats<width> weights = floats_at<width>(taps, out_channel);
          Floats<width> gradients[strip];
          bool inside[strip];
#pragma unroll
          for (unsigned p = 0; p < strip; ++p) {
            const unsigned column =
                output_of(s.columns, s.column_stride, first + p + s.columns.pad, kw);
            inside[p] = column < s.columns.out;
            const std::size_t pixel = std::size_t{inside[p] ? column : 0} * s.out_channels;
            gradients[p] = floats_at<width>(dy_row, pixel + out_channel);
          }
#pragma unroll
          for (unsigned p = 0; p < strip; ++p) {
            if (inside[p]) multiply_add<width>(gradients[p], weights, sums[p]);
          }
        }
      }
    }
    const std::size_t dx_row =
        (static_cast<std::size_t>(at.image) * s.rows.in + at.row) * s.columns.in;
#pragma unroll
    for (unsigned p = 0; p < strip; ++p) {
      if (first + p >= s.columns.in) continue;
      *reinterpret_cast<Floats<width>*>(dx + (dx_row + first + p) * s.in_channels + channel) =
          sums[p];
    }
  }
}

/** Sums over the pixels of a chunk. */
template <int width, bool spread>
__global__ void __launch_bounds__(block_threads)
    backward_filter_kernel(Depthwise s, FilterPlan plan, device::Nhwc outputs,
                           const float* x /* [batch, in rows, in columns, in channels] */,
                           const float* dy /* [batch, out rows, out columns, out channels] */,
                           float* partials /* [chunks, taps, out channels] */) {
  __shared__ Floats<width> shared[block_threads];
  const unsigned lane = threadIdx.x % plan.lanes, pixel_lane = threadIdx.x / plan.lanes;
  const unsigned pixel_lanes = block_threads / plan.lanes;
  const unsigned channel_block = blockIdx.x % plan.channel_blocks;
  const unsigned group = blockIdx.x / plan.channel_blocks % plan.groups;
  const unsigned chunk = blockIdx.x / plan.channel_blocks / plan.groups;
  const unsigned channel = (channel_block * plan.lanes + lane) * width;
  const unsigned input = input_of<spread>(s, channel);
  const unsigned taps = s.rows.kernel * s.columns.kernel;
  const bool has_channel = channel < s.out_channels;

  unsigned tap_row[thread_taps], tap_column[thread_taps];
#pragma unroll
  for (int j = 0; j < thread_taps; ++j) {
    const unsigned tap = std::min(group * thread_taps + j, taps - 1);
    tap_row[j] = tap / s.columns.kernel * s.rows.dilation - s.rows.pad;
    tap_column[j] = tap % s.columns.kernel * s.columns.dilation - s.columns.pad;
  }
  Floats<width> sums[thread_taps] = {};
  const unsigned begin = chunk * plan.chunk_pixels;
  const unsigned end = std::min(begin + plan.chunk_pixels, plan.pixels);
  for (unsigned i = begin + pixel_lane; has_channel && i < end; i += pixel_lanes) {
    const device::Nhwc::Position at = outputs.position_of(i);
    const auto gradient = floats_at<width>(dy, std::size_t{i} * s.out_channels + channel);
    const unsigned top = at.row * s.rows.stride, left = at.column * s.columns.stride;
    const std::size_t image = static_cast<std::size_t>(at.image) * s.rows.in;
#pragma unroll
    for (int first = 0; first < thread_taps; first += load_taps) {
      Floats<width> inputs[load_taps];
      bool inside[load_taps];
#pragma unroll
      for (int j = 0; j < load_taps; ++j) {
        const unsigned row = top + tap_row[first + j], column = left + tap_column[first + j];
        inside[j] = row < s.rows.in && column < s.columns.in;
        const std::size_t pixel = inside[j] ? (image + row) * s.columns.in + column : 0;
        inputs[j] = inputs_at<width, spread>(x, pixel * s.in_channels + input);
      }
#pragma unroll
      for (int j = 0; j < load_taps; ++j) {
        if (inside[j]) multiply_add<width>(inputs[j], gradient, sums[first + j]);
      }
    }
  }

#pragma unroll
  for (int j = 0; j < thread_taps; ++j) {
    __syncthreads();
    shared[threadIdx.x] = sums[j];
    for (unsigned half = pixel_lanes / 2; half > 0; half /= 2) {
      __syncthreads();
      if (pixel_lane >= half) continue;
#pragma unroll
      for (int k = 0; k < width; ++k) {
        shared[threadIdx.x].at[k] += shared[threadIdx.x + half * plan.lanes].at[k];
      }
    }
    const unsigned tap = group * thread_taps + j;
    if (pixel_lane == 0 && has_channel && tap < taps) {
      const std::size_t at = (std::size_t{chunk} * taps + tap) * s.out_channels + channel;
      *reinterpret_cast<Floats<width>*>(partials + at) = shared[threadIdx.x];
    }
  }
}

// --- launchers

Depthwise depthwise(const DepthwiseConv2dShape& s) {
  const auto axis = [](int in, int out, int kernel, int stride, int dilation, int pad) {
    return Axis{static_cast<unsigned>(in),       static_cast<unsigned>(out),
                static_cast<unsigned>(kernel),   static_cast<unsigned>(stride),
                static_cast<unsigned>(dilation), static_cast<unsigned>(pad)};
  };
  return {axis(s.in_height, s.out_height(), s.kernel_height, s.stride_height, s.dilation_height,
               s.pad_top()),
          axis(s.in_width, s.out_width(), s.kernel_width, s.stride_width, s.dilation_width,
               s.pad_left()),
          static_cast<unsigned>(s.in_channels),
          static_cast<unsigned>(s.out_channels()),
          static_cast<unsigned>(s.multiplier),
          device::Divisor(s.stride_height),
          device::Divisor(s.stride_width)};
}

device::Nhwc tensor(int height, int width, int channels) {
  return {device::Divisor(height), device::Divisor(width), device::Divisor(channels)};
}

int strips_of(int width) { return static_cast<int>(ceil_div(width, strip)); }

/** Calls `body` with the width of vectors of outputs, and whether one input makes several. */
template <typename Body>
void with_channels(const DepthwiseConv2dShape& s, bool aligned, const Body& body) {
  if (s.multiplier == 1) {
    if (aligned && s.in_channels % 4 == 0) {
      return body(std::integral_constant<int, 4>{}, std::false_type{});
    }
    return body(std::integral_constant<int, 1>{}, std::false_type{});
  }
  if (aligned && s.multiplier % 4 == 0) {
    return body(std::integral_constant<int, 4>{}, std::true_type{});
  }
  body(std::integral_constant<int, 1>{}, std::true_type{});
}

LaunchShape shape_for(const Queue& queue, std::size_t n) {
  return {dim3(grid_for(queue, ceil_div(n, block_threads))), dim3(block_threads)};
}

/** For vectors of `width` channels. */
FilterPlan filter_plan(const DepthwiseConv2dShape& s, int width) {
  const std::size_t vectors = s.out_channels() / width;
  const std::size_t taps = static_cast<std::size_t>(s.kernel_height) * s.kernel_width;
  FilterPlan plan{};
  plan.lanes = 1;
  while (plan.lanes < 32 && plan.lanes < vectors) plan.lanes *= 2;
  plan.channel_blocks = static_cast<unsigned>(ceil_div(vectors, plan.lanes));
  plan.groups = static_cast<unsigned>(ceil_div(taps, thread_taps));
  plan.pixels = static_cast<unsigned>(s.batch) * s.out_height() * s.out_width();
  const std::size_t blocks = std::size_t{plan.channel_blocks} * plan.groups;
  // A thread has a few pixels, or the sum of the chunks would take longer than they do.
  const std::size_t least_pixels = 8 * (block_threads / plan.lanes);
  const std::size_t chunks = std::min(ceil_div(plan.pixels, least_pixels),
                                      std::max<std::size_t>(filter_blocks / blocks, 1));
  plan.chunk_pixels = chunks == 0 ? 0 : static_cast<unsigned>(ceil_div(plan.pixels, chunks));
  plan.chunks = static_cast<unsigned>(chunks);
  return plan;
}

}  // namespace

void depthwise_conv2d_forward(const Queue& queue, const DepthwiseConv2dShape& s, const float* x,
                              const float* w, float* y) {
  with_channels(s, are_aligned(x, w, y), [&](auto width_constant, auto spread) {
    constexpr int width = decltype(width_constant)::value;
    const int strips = strips_of(s.out_width()), vectors = s.out_channels() / width;
    const std::size_t n = static_cast<std::size_t>(s.batch) * s.out_height() * strips * vectors;
    launch(queue, shape_for(queue, n), forward_kernel<width, decltype(spread)::value>, depthwise(s),
           tensor(s.out_height(), strips, vectors), static_cast<unsigned>(n), x, w, y);
  });
}

void depthwise_conv2d_backward_input(const Queue& queue, const DepthwiseConv2dShape& s,
                                     const float* dy, const float* w, float* dx) {
  const auto start = [&](auto width_constant) {
    constexpr int width = decltype(width_constant)::value;
    const int strips = strips_of(s.in_width), vectors = s.in_channels / width;
    const std::size_t n = static_cast<std::size_t>(s.batch) * s.in_height * strips * vectors;
    launch(queue, shape_for(queue, n), backward_input_kernel<width>, depthwise(s),
           tensor(s.in_height, strips, vectors), static_cast<unsigned>(n), dy, w, dx);
  };
  if (s.multiplier == 1 && s.in_channels % 4 == 0 && are_aligned(dy, w, dx)) {
    start(std::integral_constant<int, 4>{});
  } else {
    start(std::integral_constant<int, 1>{});
  }
}

std::size_t depthwise_conv2d_backward_filter_workspace(const DepthwiseConv2dShape& s) noexcept {
  std::size_t chunks = 0;
  // Which of the two it is depends on the pointers, too.
  for (const int width : {1, 4}) {
    if (s.out_channels() % width == 0) {
      chunks = std::max<std::size_t>(chunks, filter_plan(s, width).chunks);
    }
  }
  return chunks * s.w_size();
}

void depthwise_conv2d_backward_filter(const Queue& queue, const DepthwiseConv2dShape& s,
                                      const float* x, const float* dy, float* dw,
                                      float* workspace) {
  with_channels(s, are_aligned(x, dy, workspace), [&](auto width_constant, auto spread) {
    constexpr int width = decltype(width_constant)::value;
    const FilterPlan plan = filter_plan(s, width);
    if (plan.chunks > 0) {
      launch(queue, {dim3(plan.channel_blocks * plan.groups * plan.chunks), dim3(block_threads)},
             backward_filter_kernel<width, decltype(spread)::value>, depthwise(s), plan,
             tensor(s.out_height(), s.out_width(), 1), x, dy, workspace);
    }
    sum_partials(queue, {}, workspace, plan.chunks, s.w_size(), s.w_size(), dw, nullptr);
  });
}

}  // namespace trialforge::cuda
