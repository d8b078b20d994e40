// Bound by writing y, or by reading dy: for each of their elements there are only as many products
// as taps. A block takes a tile of neighbouring pixels of y, whatever rows and images they are in,
// so that what it stores or loads is one piece of memory. The rows of x that they need are in
// shared memory, with their padding; the rows of the next image follow those of an image.
#include "cuda/conv2d_few_channels.h"

#include <algorithm>
#include <cstddef>
#include <type_traits>

#include "cuda/device/activation.cuh"
#include "cuda/device/divisor.cuh"
#include "cuda/device/dynamic_shared.cuh"
#include "cuda/device/vector.cuh"
#include "cuda/launch.h"
#include "cuda/partial_sums.h"

namespace trialforge::cuda {
namespace {

constexpr int most_channels = 4;
constexpr int most_threads = 256;
constexpr int most_pixel_lanes = 64;
constexpr int warp_lanes = 32;
/** Pixels that a thread computes at once. */
constexpr int thread_pixels = 8;
/** Taps whose gradients a thread sums up: those of a 3x3 kernel of one channel. */
constexpr int thread_taps = 9;
/** With the sum of dy. */
constexpr int thread_sums = thread_taps + 1;
/** At least two blocks fit a multiprocessor. */
constexpr std::size_t most_shared_bytes = 96 * 1024;
/** Blocks that the sums over the pixels of a trial are shared out to. */
constexpr std::size_t filter_blocks = 512;

/** A row of x or of the kernel has its channels in it, so that they need no loop. */
struct FewChannels {
  int in_height, row_elements;  // of x
  int pad_top, pad_elements;
  int stride_height, step;  // elements of x from one pixel of y to the next
  int kernel_height, row_taps, taps;
  int pitch;  // elements of a padded row
  int out_channels;
  bool has_vectors;     // y is aligned, and its channels go by four
  int vectors;          // of four channels, for each thread
  int lanes;            // threads that share a pixel
  int pixel_lanes;      // pixels that are computed at a time
  int padded_channels;  // of the threads that share a pixel
  int tile_pixels, tile_rows;
  unsigned pixels, tiles;      // of a trial
  device::Divisor image_rows;  // padded rows of an image
  device::Divisor out_width, out_height;
  std::size_t x_size, y_size, weight_stride;  // of a trial
};

/** How the sum over the pixels is shared out. */
struct FilterPlan {
  unsigned groups;  // of taps
  unsigned chunks, chunk_tiles;
};

// --- device helpers

using Floats = device::Vector<float, 4>;

/** Where a pixel of y is: its image, its row, and where its window begins in a padded row. */
struct Pixel {
  int image, row, at;
};

__device__ __forceinline__ Pixel pixel_at(const FewChannels& s, unsigned i) {
  const unsigned row = s.out_width.quotient(i), image = s.out_height.quotient(row);
  return {static_cast<int>(image), static_cast<int>(row - image * s.out_height.value),
          static_cast<int>(i - row * s.out_width.value) * s.step};
}

/** Rows of the tile between the window of `first`, which is where the tile begins, and `pixel`. */
__device__ __forceinline__ int row_in_tile(const FewChannels& s, const Pixel& first,
                                           const Pixel& pixel) {
  return (pixel.image - first.image) * static_cast<int>(s.image_rows.value) +
         (pixel.row - first.row) * s.stride_height;
}

/** Loads what the pixels from `begin` on need, and where in the tile their windows begin. */
__device__ __forceinline__ void load_tile(const FewChannels& s, unsigned begin,
                                          const float* x /* [batch, in rows, row elements] */,
                                          int* offsets /* [tile pixels] */,
                                          float* tile /* [tile rows, pitch] */) {
  const Pixel first = pixel_at(s, begin);
  for (int i = threadIdx.x; i < s.tile_pixels; i += blockDim.x) {
    const Pixel pixel = pixel_at(s, std::min(begin + i, s.pixels - 1));
    offsets[i] = row_in_tile(s, first, pixel) * s.pitch + pixel.at;
  }
  const Pixel last = pixel_at(s, std::min(begin + s.tile_pixels, s.pixels) - 1);
  const int rows = row_in_tile(s, first, last) + s.kernel_height;
  const int warps = blockDim.x / warp_lanes;
  for (int r = threadIdx.x / warp_lanes; r < rows; r += warps) {
    const unsigned padded = static_cast<unsigned>(first.row * s.stride_height + r);
    const unsigned image = s.image_rows.quotient(padded);
    const int row = static_cast<int>(padded - image * s.image_rows.value) - s.pad_top;
    const bool has_row = row >= 0 && row < s.in_height;
    const std::size_t row_of_batch =
        std::size_t{first.image + image} * s.in_height + (has_row ? row : 0);
    const float* x_row = x + row_of_batch * s.row_elements;
#pragma unroll 4
    for (int e = threadIdx.x % warp_lanes; e < s.pitch; e += warp_lanes) {
      const int element = e - s.pad_elements;
      const bool inside = has_row && element >= 0 && element < s.row_elements;
      tile[r * s.pitch + e] = inside ? x_row[element] : 0.0f;
    }
  }
}

__device__ __forceinline__ Floats floats_at(const float* x) {
  return *reinterpret_cast<const Floats*>(x);
}

__device__ __forceinline__ void multiply_add(float a, const Floats& b, Floats& sum) {
#pragma unroll
  for (int k = 0; k < 4; ++k) sum.at[k] += a * b.at[k];
}

/** The first channel of a thread's vector `v`. */
__device__ __forceinline__ int channel_of(const FewChannels& s, int lane, int v) {
  return (v * s.lanes + lane) * 4;
}

/**
 * A lane's channels of every pixel_lanes'th pixel of the tile, from `first` on: zeros of the pixels
 * and channels that do not exist.
 */
template <int loads, int vectors>
__device__ __forceinline__ void load_gradients(const FewChannels& s,
                                               const float* dy /* [pixels, out channels] */,
                                               int first, int pixels, int lane,
                                               Floats (&gradients)[loads][vectors]) {
#pragma unroll
  for (int p = 0; p < loads; ++p) {
    const int pixel = first + p * s.pixel_lanes;
    const float* from = dy + static_cast<unsigned>(pixel * s.out_channels);
#pragma unroll
    for (int v = 0; v < vectors; ++v) {
      const int channel = channel_of(s, lane, v);
      const int channels = pixel < pixels ? s.out_channels - channel : 0;
      gradients[p][v] = {};
      if (s.has_vectors) {
        if (channels > 0) gradients[p][v] = floats_at(from + channel);
        continue;
      }
#pragma unroll
      for (int k = 0; k < 4; ++k) {
        if (k < channels) gradients[p][v].at[k] = from[channel + k];
      }
    }
  }
}

/** Stores a pixel's channels [channel, channel + 4) as far as they exist. */
__device__ __forceinline__ void store_channels(const FewChannels& s, float* pixel, int channel,
                                               const Floats& values) {
  if (s.has_vectors && channel < s.out_channels) {
    *reinterpret_cast<Floats*>(pixel + channel) = values;
    return;
  }
#pragma unroll
  for (int k = 0; k < 4; ++k) {
    if (channel + k < s.out_channels) pixel[channel + k] = values.at[k];
  }
}

// --- kernels. A thread is a lane of a pixel lane: it has `vectors` times four channels of every
// pixel_lanes'th pixel of the tile. What is left of the last warp only helps to load.

template <int vectors>
__global__ void __launch_bounds__(most_threads, vectors == 1 ? 3 : 2)
    forward_kernel(FewChannels s, const float* x /* [batch, in rows, row elements] */,
                   const float* w /* [taps, out channels] */,
                   const float* bias /* [out channels] or null */, Activation activation,
                   float* y /* [pixels, out channels] */) {
  x += blockIdx.y * s.x_size;
  w += blockIdx.y * s.weight_stride;
  if (bias != nullptr) bias += blockIdx.y * s.weight_stride;
  y += blockIdx.y * s.y_size;
  float* filters = device::dynamic_shared<float>();  // [taps, padded channels], then the bias
  float* tile = filters + (s.taps + 1) * s.padded_channels;
  int* offsets = reinterpret_cast<int*>(tile + s.tile_rows * s.pitch);
  const int lane = threadIdx.x % s.lanes, pixel_lane = threadIdx.x / s.lanes;

  const int warps = blockDim.x / warp_lanes;
  for (int tap = threadIdx.x / warp_lanes; tap <= s.taps; tap += warps) {
    const float* row = tap < s.taps ? w + static_cast<std::size_t>(tap) * s.out_channels : bias;
    for (int c = threadIdx.x % warp_lanes; c < s.padded_channels; c += warp_lanes) {
      filters[tap * s.padded_channels + c] = row != nullptr && c < s.out_channels ? row[c] : 0.0f;
    }
  }
  for (unsigned t = blockIdx.x; t < s.tiles; t += gridDim.x) {
    const unsigned begin = t * s.tile_pixels;
    __syncthreads();
    load_tile(s, begin, x, offsets, tile);
    __syncthreads();
    if (pixel_lane >= s.pixel_lanes) continue;
    Floats sums[thread_pixels][vectors];
    int at[thread_pixels];
#pragma unroll
    for (int v = 0; v < vectors; ++v) {
      const Floats start = floats_at(filters + s.taps * s.padded_channels + channel_of(s, lane, v));
#pragma unroll
      for (int p = 0; p < thread_pixels; ++p) sums[p][v] = start;
    }
#pragma unroll
    for (int p = 0; p < thread_pixels; ++p) at[p] = offsets[pixel_lane + p * s.pixel_lanes];
    const float* filter = filters + lane * 4;
    for (int kh = 0; kh < s.kernel_height; ++kh) {
#pragma unroll 3
      for (int j = 0; j < s.row_taps; ++j) {
        Floats weights[vectors];
#pragma unroll
        for (int v = 0; v < vectors; ++v) weights[v] = floats_at(filter + v * s.lanes * 4);
        filter += s.padded_channels;
#pragma unroll
        for (int p = 0; p < thread_pixels; ++p) {
          const float value = tile[at[p] + j];
#pragma unroll
          for (int v = 0; v < vectors; ++v) multiply_add(value, weights[v], sums[p][v]);
        }
      }
#pragma unroll
      for (int p = 0; p < thread_pixels; ++p) at[p] += s.pitch;
    }
    device::with_activation(activation, [&](auto constant) {
#pragma unroll
      for (int p = 0; p < thread_pixels; ++p) {
        const unsigned pixel = begin + pixel_lane + p * s.pixel_lanes;
        if (pixel >= s.pixels) continue;
#pragma unroll
        for (int v = 0; v < vectors; ++v) {
#pragma unroll
          for (int k = 0; k < 4; ++k) {
            sums[p][v].at[k] =
                device::activation_value<decltype(constant)::value>(sums[p][v].at[k]);
          }
          store_channels(s, y + std::size_t{pixel} * s.out_channels, channel_of(s, lane, v),
                         sums[p][v]);
        }
      }
    });
  }
}

/** Sums over the tiles of a chunk for a group of taps, and of dy by the first group. */
template <int vectors>
__global__ void __launch_bounds__(most_threads, 2)
    backward_filter_kernel(FewChannels s, FilterPlan plan,
                           const float* x /* [batch, in rows, row elements] */,
                           const float* dy /* [pixels, out channels] */,
                           float* partials /* [trials, chunks, taps + 1, out channels] */) {
  x += blockIdx.y * s.x_size;
  dy += blockIdx.y * s.y_size;
  float* tile = device::dynamic_shared<float>();
  int* offsets = reinterpret_cast<int*>(tile + s.tile_rows * s.pitch);
  const int lane = threadIdx.x % s.lanes, pixel_lane = threadIdx.x / s.lanes;
  const int group = blockIdx.x % plan.groups;
  const unsigned chunk = blockIdx.x / plan.groups;

  constexpr int loads = 4 / vectors;  // pixels
  int tap_at[thread_taps];
#pragma unroll
  for (int j = 0; j < thread_taps; ++j) {
    const int tap = std::min(group * thread_taps + j, s.taps - 1);
    tap_at[j] = tap / s.row_taps * s.pitch + tap % s.row_taps;
  }
  Floats sums[thread_sums][vectors] = {};
  const unsigned end = std::min((chunk + 1) * plan.chunk_tiles, s.tiles);
  for (unsigned t = chunk * plan.chunk_tiles; t < end; ++t) {
    const unsigned begin = t * s.tile_pixels;
    __syncthreads();
    load_tile(s, begin, x, offsets, tile);
    __syncthreads();
    if (pixel_lane >= s.pixel_lanes) continue;
    const int pixels = std::min<unsigned>(s.tile_pixels, s.pixels - begin);
    const float* tile_dy = dy + std::size_t{begin} * s.out_channels;
#pragma unroll 1
    for (int first = pixel_lane; first < s.tile_pixels; first += loads * s.pixel_lanes) {
      // All of them before the first is used, so that enough of them are on the way.
      Floats gradients[loads][vectors];
      load_gradients(s, tile_dy, first, pixels, lane, gradients);
#pragma unroll
      for (int p = 0; p < loads; ++p) {
        const float* window = tile + offsets[first + p * s.pixel_lanes];
#pragma unroll
        for (int j = 0; j < thread_sums; ++j) {
          const float value = j < thread_taps ? window[tap_at[j]] : 1.0f;
#pragma unroll
          for (int v = 0; v < vectors; ++v) multiply_add(value, gradients[p][v], sums[j][v]);
        }
      }
    }
  }

  // The pixel lanes are added up in order, one vector of every thread after the other. Each element
  // of the vectors has a plane of the shared memory, one row of which is left free: so neither
  // storing nor adding takes a bank twice.
  const int plane = (s.pixel_lanes + 1) * s.lanes;
  float* shared = device::dynamic_shared<float>();  // [thread sums, 4, pixel lanes + 1, lanes]
#pragma unroll
  for (int v = 0; v < vectors; ++v) {
    __syncthreads();
    if (pixel_lane < s.pixel_lanes) {
#pragma unroll
      for (int j = 0; j < thread_sums; ++j) {
#pragma unroll
        for (int k = 0; k < 4; ++k) shared[(j * 4 + k) * plane + threadIdx.x] = sums[j][v].at[k];
      }
    }
    __syncthreads();
    for (int i = threadIdx.x; i < thread_sums * 4 * s.lanes; i += blockDim.x) {
      const int element = i / s.lanes, of_lane = i - element * s.lanes;
      const float* column = shared + element * plane + of_lane;
      float sum = 0;
#pragma unroll 8
      for (int row = 0; row < s.pixel_lanes; ++row) sum += column[row * s.lanes];
      const int j = element / 4, channel = channel_of(s, of_lane, v) + element % 4;
      const int tap = j < thread_taps ? group * thread_taps + j : s.taps;
      const bool is_mine = j < thread_taps ? tap < s.taps : group == 0;
      if (channel < s.out_channels && is_mine) {
        const std::size_t row = std::size_t{blockIdx.y} * plan.chunks + chunk;
        partials[(row * (s.taps + 1) + tap) * s.out_channels + channel] = sum;
      }
    }
  }
}

// --- launchers

int block_threads(const FewChannels& s) {
  return static_cast<int>(ceil_div(s.lanes * s.pixel_lanes, warp_lanes)) * warp_lanes;
}

std::size_t tile_bytes(const FewChannels& s) {
  return (std::size_t{1} * s.tile_rows * s.pitch + s.tile_pixels) * sizeof(float);
}

std::size_t forward_bytes(const FewChannels& s) {
  return (std::size_t{1} + s.taps) * s.padded_channels * sizeof(float) + tile_bytes(s);
}

std::size_t backward_filter_bytes(const FewChannels& s) {
  const std::size_t sums = sizeof(Floats) * thread_sums * s.lanes * (s.pixel_lanes + 1);
  return std::max(tile_bytes(s), sums);
}

/** The padded rows that `pixels` neighbouring pixels of y need at most. */
std::size_t most_rows(const Conv2dShape& c, std::size_t pixels) {
  const std::size_t width = c.out_width(), height = c.out_height();
  const std::size_t kernel = c.kernel_height, stride = c.stride_height;
  const std::size_t steps = (pixels - 1 + width - 1) / width;  // from one row of y to the next
  // To the next image it is the kernel, otherwise the stride.
  const std::size_t least_ends = steps / height, most_ends = std::min(steps, least_ends + 1);
  const std::size_t ends = kernel > stride ? most_ends : least_ends;
  return (steps - ends) * stride + ends * kernel + kernel;
}

/** Sets how pixels and channels are shared out to threads; false if a block cannot have that. */
bool share_out(const Conv2dShape& c, FewChannels& s) {
  s.vectors = c.out_channels > 32 ? 2 : 1;
  s.lanes = static_cast<int>(ceil_div(c.out_channels, 4 * s.vectors));
  if (s.lanes > most_threads) return false;
  s.padded_channels = s.lanes * 4 * s.vectors;
  for (s.pixel_lanes = std::min(most_threads / s.lanes, most_pixel_lanes); s.pixel_lanes > 0;
       s.pixel_lanes /= 2) {
    s.tile_pixels = s.pixel_lanes * thread_pixels;
    const std::size_t rows = most_rows(c, s.tile_pixels);
    if (rows > most_shared_bytes) continue;
    s.tile_rows = static_cast<int>(rows);
    if (std::max(forward_bytes(s), backward_filter_bytes(s)) <= most_shared_bytes) return true;
  }
  return false;
}

/** False if the kernels do not take the shape. */
bool describe(const Conv2dShape& c, FewChannels& s) {
  if (c.in_channels > most_channels || c.dilation_height > 1 || c.dilation_width > 1) return false;
  constexpr std::size_t most_floats = most_shared_bytes / sizeof(float);
  const auto padded = [](int out, int stride, int kernel) {
    return static_cast<std::size_t>(out - 1) * stride + kernel;
  };
  const std::size_t pitch = padded(c.out_width(), c.stride_width, c.kernel_width) * c.in_channels;
  const std::size_t image_rows = padded(c.out_height(), c.stride_height, c.kernel_height);
  const std::size_t taps =
      static_cast<std::size_t>(c.kernel_height) * c.kernel_width * c.in_channels;
  if (pitch > most_floats || taps > most_floats || image_rows >= std::size_t{1} << 31) return false;
  s.in_height = c.in_height;
  s.row_elements = c.in_width * c.in_channels;
  s.pad_top = c.pad_top();
  s.pad_elements = c.pad_left() * c.in_channels;
  // With one pixel on an axis the stride may be anything.
  s.stride_height = c.out_height() > 1 ? c.stride_height : 0;
  s.step = c.out_width() > 1 ? c.stride_width * c.in_channels : 0;
  s.kernel_height = c.kernel_height;
  s.row_taps = c.kernel_width * c.in_channels;
  s.taps = static_cast<int>(taps);
  s.pitch = static_cast<int>(pitch);
  s.out_channels = c.out_channels;
  s.image_rows = device::Divisor(static_cast<int>(image_rows));
  s.out_width = device::Divisor(c.out_width());
  s.out_height = device::Divisor(c.out_height());
  s.x_size = c.x_size();
  s.y_size = c.y_size();
  if (!share_out(c, s)) return false;
  s.pixels = static_cast<unsigned>(c.batch) * c.out_height() * c.out_width();
  s.tiles = static_cast<unsigned>(ceil_div(s.pixels, s.tile_pixels));
  return true;
}

FewChannels described(const Conv2dShape& c, const Trials& trials, const float* y) {
  FewChannels s{};
  describe(c, s);
  s.weight_stride = trials.weight_stride;
  s.has_vectors = c.out_channels % 4 == 0 && are_aligned(y);
  return s;
}

FilterPlan filter_plan(const FewChannels& s) {
  FilterPlan plan{};
  plan.groups = static_cast<unsigned>(ceil_div(s.taps, thread_taps));
  const std::size_t most_chunks = std::max<std::size_t>(filter_blocks / plan.groups, 1);
  plan.chunk_tiles = static_cast<unsigned>(ceil_div(s.tiles, most_chunks));
  plan.chunks = s.tiles == 0 ? 0 : static_cast<unsigned>(ceil_div(s.tiles, plan.chunk_tiles));
  return plan;
}

std::size_t partial_columns(const FewChannels& s) {
  return (static_cast<std::size_t>(s.taps) + 1) * s.out_channels;
}

/** Calls `body` with the vectors of a thread. */
template <typename Body>
void with_vectors(const FewChannels& s, const Body& body) {
  if (s.vectors == 1) return body(std::integral_constant<int, 1>{});
  body(std::integral_constant<int, 2>{});
}

}  // namespace

bool conv2d_has_few_channels(const Conv2dShape& shape) noexcept {
  FewChannels s{};
  return describe(shape, s);
}

void conv2d_few_channels_forward(const Queue& queue, const Trials& trials, const Conv2dShape& shape,
                                 const float* x, const float* w, const float* bias,
                                 Activation activation, float* y) {
  const FewChannels s = described(shape, trials, y);
  if (s.tiles == 0) return;
  const auto count = static_cast<unsigned>(trials.count);
  const unsigned blocks = grid_for(queue, std::size_t{s.tiles} * count) / count;
  with_vectors(s, [&](auto vectors) {
    launch(queue,
           {dim3(std::clamp(blocks, 1u, s.tiles), count), dim3(block_threads(s)), forward_bytes(s)},
           forward_kernel<decltype(vectors)::value>, s, x, w, bias, activation, y);
  });
}

std::size_t conv2d_few_channels_backward_filter_workspace(const Trials& trials,
                                                          const Conv2dShape& shape) noexcept {
  FewChannels s{};
  if (!describe(shape, s)) return 0;
  return trials.count * filter_plan(s).chunks * partial_columns(s);
}

void conv2d_few_channels_backward_filter(const Queue& queue, const Trials& trials,
                                         const Conv2dShape& shape, const float* x, const float* dy,
                                         float* dw, float* dbias, float* workspace) {
  const FewChannels s = described(shape, trials, dy);
  const FilterPlan plan = filter_plan(s);
  if (plan.chunks > 0) {
    const auto count = static_cast<unsigned>(trials.count);
    with_vectors(s, [&](auto vectors) {
      launch(queue,
             {dim3(plan.groups * plan.chunks, count), dim3(block_threads(s)),
              backward_filter_bytes(s)},
             backward_filter_kernel<decltype(vectors)::value>, s, plan, x, dy, workspace);
    });
  }
  sum_partials(queue, trials, workspace, plan.chunks, partial_columns(s), shape.w_size(), dw,
               dbias);
}

}  // namespace trialforge::cuda
