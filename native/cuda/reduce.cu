// The threads of a block are columns side by side, groups of rows of these columns, and, where both
// are few, several such tiles. So neighbouring threads have neighbouring elements whatever the
// shape: of a row if it is long, of several rows if they are short, of the columns if there are
// many. Where the outputs are too few to fill a device, segments of the rows become partial results
// that a second kernel reduces. All of it depends on the shape alone, and so does the order.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "cuda/backend.h"
#include "cuda/device/reductions.cuh"
#include "cuda/launch.h"

namespace trialforge::cuda {
namespace {

constexpr int block_bits = 8;
constexpr int block_threads = 1 << block_bits;
constexpr int warps = block_threads / device::warp_lanes;
constexpr int most_column_bits = 5;
constexpr unsigned batch = device::reduction_batch;
constexpr std::size_t enough_blocks = 1024;
constexpr unsigned least_batches = 2;  // of a thread, where the rows are cut into segments
constexpr std::size_t partial_bytes = 8;

// --- device helpers

struct Division {
  unsigned outer = 1, reduced = 1, inner = 1;
  unsigned column_tiles = 1;            // that cover `inner`
  int column_bits = 0, group_bits = 0;  // a tile is 2^column_bits columns by 2^group_bits rows
  unsigned segments = 1, segment_rows = 1;
  unsigned count = 1;  // what a sum is divided by
};

/** Reads the elements of a reduction. */
template <typename Reduction>
struct Elements {
  using Source = typename Reduction::Element;
  __device__ static Source neutral() { return Reduction::neutral(); }
  __device__ static typename Reduction::Partial of(const Source (&x)[batch], unsigned row,
                                                   unsigned step) {
    return Reduction::of(x, row, step);
  }
};

/** Reads partial results of a reduction. */
template <typename Reduction>
struct Partials {
  using Source = typename Reduction::Partial;
  __device__ static Source neutral() { return Reduction::identity(); }
  __device__ static Source of(const Source (&x)[batch], unsigned, unsigned) {
    return device::combine_batch<Reduction>(x);
  }
};

/** Of rows first, first + step, ... of a column, below `end`. */
template <typename Reduction, typename Input>
__device__ __forceinline__ typename Reduction::Partial reduce_rows(
    const typename Input::Source* column, std::size_t stride, unsigned first, unsigned step,
    unsigned end) {
  typename Reduction::Partial total = Reduction::identity();
  for (unsigned row = first; row < end; row += batch * step) {
    typename Input::Source x[batch];
    const typename Input::Source* const from = column + row * stride;
    if (row + (batch - 1) * step < end) {
#pragma unroll
      for (unsigned k = 0; k < batch; ++k) x[k] = from[k * step * stride];
    } else {
#pragma unroll
      for (unsigned k = 0; k < batch; ++k) {
        x[k] = row + k * step < end ? from[k * step * stride] : Input::neutral();
      }
    }
    total = Reduction::combine(total, Input::of(x, row, step));
  }
  return total;
}

/** Combines the groups of a tile; those of group 0 get the result. Every thread takes part. */
template <typename Reduction>
__device__ __forceinline__ typename Reduction::Partial reduce_groups(
    typename Reduction::Partial value, const Division& division) {
  using Partial = typename Reduction::Partial;
  const unsigned columns = 1u << division.column_bits, tile = columns << division.group_bits;
  for (unsigned bits = columns; bits < tile && bits < device::warp_lanes; bits *= 2) {
    value = Reduction::combine(value, device::from_lane(value, bits));
  }
  if (tile <= device::warp_lanes) return value;
  __shared__ Partial partial[warps][device::warp_lanes];
  const unsigned warp = threadIdx.x / device::warp_lanes, lane = threadIdx.x % device::warp_lanes;
  // The previous reduction through the same memory may still be being read.
  __syncthreads();
  partial[warp][lane] = value;
  __syncthreads();
  if (threadIdx.x % tile >= columns) return value;
  for (unsigned other = 1; other < tile / device::warp_lanes; ++other) {
    value = Reduction::combine(value, partial[warp + other][lane]);
  }
  return value;
}

// --- kernels

/** Segment blockIdx.y of every output. Blocks loop over groups of tiles. */
template <typename Reduction, typename Input>
__global__ void __launch_bounds__(block_threads)
    reduce_kernel(const __grid_constant__ Division division,
                  const typename Input::Source* x /* [outer, reduced, inner] */,
                  typename Reduction::Partial* partials /* [segments, outer, inner] or null */,
                  typename Reduction::Result* y /* [outer, inner] */) {
  const int tile_bits = division.column_bits + division.group_bits;
  const unsigned column = threadIdx.x & ((1u << division.column_bits) - 1);
  const unsigned groups = 1u << division.group_bits;
  const unsigned group = (threadIdx.x >> division.column_bits) & (groups - 1);
  const unsigned tiles = division.outer * division.column_tiles;
  const unsigned tiles_at_once = block_threads >> tile_bits;
  const unsigned begin = blockIdx.y * division.segment_rows;
  const unsigned end = std::min(division.reduced, begin + division.segment_rows);
  for (unsigned first = blockIdx.x * tiles_at_once; first < tiles;
       first += gridDim.x * tiles_at_once) {
    const unsigned tile = first + (threadIdx.x >> tile_bits);
    const unsigned o = tile / division.column_tiles;
    const unsigned i = ((tile - o * division.column_tiles) << division.column_bits) + column;
    const bool exists = tile < tiles && i < division.inner;
    typename Reduction::Partial total = Reduction::identity();
    if (exists) {
      total = reduce_rows<Reduction, Input>(
          x + static_cast<std::size_t>(o) * division.reduced * division.inner + i, division.inner,
          begin + group, groups, end);
    }
    total = reduce_groups<Reduction>(total, division);
    if (!exists || group != 0) continue;
    const unsigned output = o * division.inner + i;
    if (partials != nullptr) {
      const unsigned outputs = division.outer * division.inner;
      partials[static_cast<std::size_t>(blockIdx.y) * outputs + output] = total;
    } else {
      y[output] = Reduction::result(total, division.count);
    }
  }
}

// --- launchers

std::size_t blocks_of(const Division& division) {
  const std::size_t tiles = static_cast<std::size_t>(division.outer) * division.column_tiles;
  return ceil_div(tiles,
                  std::size_t{block_threads} >> (division.column_bits + division.group_bits));
}

/** In one segment. */
Division divide(std::size_t outer, std::size_t reduced, std::size_t inner) {
  Division result;
  result.outer = static_cast<unsigned>(outer);
  result.reduced = result.segment_rows = static_cast<unsigned>(reduced);
  result.inner = static_cast<unsigned>(inner);
  int& columns = result.column_bits;
  int& groups = result.group_bits;
  while (columns < most_column_bits && (std::size_t{1} << columns) < inner) ++columns;
  // Half a batch a thread or more.
  while (columns + groups < block_bits && (std::size_t{batch} << groups) <= reduced) ++groups;
  result.column_tiles = static_cast<unsigned>(ceil_div(inner, std::size_t{1} << columns));
  return result;
}

Division divide(const ReduceShape& shape) {
  Division result =
      divide(static_cast<std::size_t>(shape.outer), static_cast<std::size_t>(shape.reduced),
             static_cast<std::size_t>(shape.inner));
  const unsigned round = batch << result.group_bits;  // rows that a block takes at once
  const std::size_t wanted = enough_blocks / std::max<std::size_t>(blocks_of(result), 1);
  const std::size_t possible = result.reduced / (round * least_batches);
  const std::size_t segments = std::min(wanted, possible);
  if (segments > 1) {
    const std::size_t rounds = ceil_div(ceil_div(result.reduced, segments), round);
    result.segment_rows = static_cast<unsigned>(rounds * round);
    result.segments = static_cast<unsigned>(ceil_div(result.reduced, result.segment_rows));
  }
  return result;
}

template <typename Reduction, typename Input>
void run(const Queue& queue, const Division& division, const typename Input::Source* x,
         typename Reduction::Partial* partials, typename Reduction::Result* y) {
  const dim3 grid(grid_for(queue, blocks_of(division)), division.segments);
  launch(queue, {grid, dim3(block_threads)}, reduce_kernel<Reduction, Input>, division, x, partials,
         y);
}

template <typename Reduction>
void reduce_by(const Queue& queue, const ReduceShape& shape, const void* x, void* y,
               void* workspace, unsigned count = 1) {
  using Partial = typename Reduction::Partial;
  static_assert(sizeof(Partial) <= partial_bytes);
  Division division = divide(shape);
  const auto* const elements = static_cast<const typename Reduction::Element*>(x);
  auto* const results = static_cast<typename Reduction::Result*>(y);
  division.count = count;
  if (division.segments == 1) {
    return run<Reduction, Elements<Reduction>>(queue, division, elements, nullptr, results);
  }
  auto* const partials = static_cast<Partial*>(workspace);
  run<Reduction, Elements<Reduction>>(queue, division, elements, partials, results);
  Division second = divide(1, division.segments, shape.y_size());
  second.count = count;
  run<Reduction, Partials<Reduction>>(queue, second, partials, nullptr, results);
}

}  // namespace

std::size_t reduce_workspace(const ReduceShape& shape) {
  const Division division = divide(shape);
  return division.segments == 1 ? 0 : division.segments * shape.y_size() * partial_bytes;
}

void reduce(const Queue& queue, ReduceOp op, const ReduceShape& shape, TensorView x,
            MutableTensorView y, void* workspace) {
  const auto by = [&]<typename Reduction>(Reduction, unsigned count = 1) {
    reduce_by<Reduction>(queue, shape, x.data, y.data, workspace, count);
  };
  const bool is_float = x.dtype == DType::float32;
  switch (op) {
    case ReduceOp::sum:
      return is_float ? by(device::FloatSum{}) : by(device::IntSum{});
    case ReduceOp::mean:
      return by(device::FloatSum{}, static_cast<unsigned>(shape.reduced));
    case ReduceOp::max:
      return is_float ? by(device::FloatMaximum{}) : by(device::IntLargest{});
    case ReduceOp::min:
      return is_float ? by(device::FloatMinimum{}) : by(device::IntSmallest{});
    case ReduceOp::prod:
      return is_float ? by(device::FloatProduct{}) : by(device::IntProduct{});
    case ReduceOp::all:
      return by(device::AllTrue{});
    case ReduceOp::any:
      return by(device::AnyTrue{});
  }
}

void arg_reduce(const Queue& queue, ArgOp op, const ReduceShape& shape, TensorView x,
                std::int32_t* y, void* workspace) {
  const auto by = [&]<typename Reduction>(Reduction) {
    reduce_by<Reduction>(queue, shape, x.data, y, workspace);
  };
  const bool is_float = x.dtype == DType::float32;
  if (op == ArgOp::max) {
    return is_float ? by(device::ArgExtreme<float, true>{})
                    : by(device::ArgExtreme<std::int32_t, true>{});
  }
  return is_float ? by(device::ArgExtreme<float, false>{})
                  : by(device::ArgExtreme<std::int32_t, false>{});
}

}  // namespace trialforge::cuda
