// Elements that lie side by side in both tensors are copied in units of up to 16 bytes, in the
// order of `to`. Where `from` has another innermost axis than `to`, tiles of these two axes go
// through shared memory, so that both sides see whole lines.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "cuda/backend.h"
#include "cuda/device/divisor.cuh"
#include "cuda/launch.h"
#include "cuda/units.h"

namespace trialforge::cuda {
namespace {

constexpr int most_axes = 8;
constexpr int block_threads = 256;
constexpr int units_per_thread = 4;
constexpr unsigned tile_units = block_threads * units_per_thread;
constexpr int tile_bits = 10;
static_assert(tile_units == 1u << tile_bits);
constexpr int least_bits = 2,
              most_bits = 8;  // of a tile's axis: a thread keeps to one row or column
/** Where an axis is longer than this, a tile has 32 of it; else all of it. */
constexpr std::int64_t short_axis = 16;
/** Units of a tile that are worth it. */
constexpr std::int64_t least_tile_units = 128;
constexpr std::size_t most_tiled_bytes = 8;  // wider units fill half a sector by themselves

// --- device helpers

struct Axis {
  device::Divisor size;
  std::int64_t from = 0, to = 0;
};

/** The innermost axis of `to` first. */
struct Axes {
  int rank = 0;
  Axis at[most_axes];
};

struct Offsets {
  std::int64_t from, to;
};

__device__ __forceinline__ Offsets offsets_of(const Axes& axes, unsigned i) {
  Offsets result{0, 0};
  for (int d = 0; d < axes.rank; ++d) {
    const Axis& axis = axes.at[d];
    const unsigned next = d + 1 < axes.rank ? axis.size.quotient(i) : 0;
    const std::int64_t index = i - next * axis.size.value;
    result.from += index * axis.from;
    result.to += index * axis.to;
    i = next;
  }
  return result;
}

/** A plane of the innermost axes of `to` (columns) and `from` (rows), and the axes around it. */
struct Planes {
  unsigned tiles = 0;
  int row_bits = 0, column_bits = 0;  // of a tile
  device::Divisor row_tiles, column_tiles;
  Axis row, column;
  Axes around;
};

/** Between rows of a tile in shared memory; a warp that walks down columns meets each bank once. */
__host__ __device__ constexpr unsigned row_pitch(int row_bits, int column_bits) {
  return (1u << column_bits) + (row_bits < 5 ? 32u >> row_bits : 1u);
}
constexpr unsigned most_shared_units = row_pitch(most_bits, least_bits) << most_bits;

// --- kernels

template <typename Unit>
__global__ void __launch_bounds__(block_threads)
    copy_kernel(const __grid_constant__ Axes axes, unsigned n, const Unit* from, Unit* to) {
  for (unsigned tile = blockIdx.x * tile_units; tile < n; tile += gridDim.x * tile_units) {
    Unit units[units_per_thread];
    std::int64_t places[units_per_thread];
#pragma unroll
    for (int k = 0; k < units_per_thread; ++k) {
      const unsigned i = tile + k * block_threads + threadIdx.x;
      if (i >= n) continue;
      const Offsets offsets = offsets_of(axes, i);
      units[k] = from[offsets.from];
      places[k] = offsets.to;
    }
#pragma unroll
    for (int k = 0; k < units_per_thread; ++k) {
      if (tile + k * block_threads + threadIdx.x < n) to[places[k]] = units[k];
    }
  }
}

/** A thread has one row of a tile while it reads, and one column while it writes. */
template <typename Unit>
__global__ void __launch_bounds__(block_threads)
    transpose_kernel(const __grid_constant__ Planes planes, const Unit* from, Unit* to) {
  __shared__ Unit shared[most_shared_units];
  const unsigned pitch = row_pitch(planes.row_bits, planes.column_bits);
  const unsigned read_row = threadIdx.x & ((1u << planes.row_bits) - 1);
  const unsigned read_column = threadIdx.x >> planes.row_bits;
  const unsigned read_step = block_threads >> planes.row_bits;
  const unsigned written_column = threadIdx.x & ((1u << planes.column_bits) - 1);
  const unsigned written_row = threadIdx.x >> planes.column_bits;
  const unsigned written_step = block_threads >> planes.column_bits;
  for (unsigned tile = blockIdx.x; tile < planes.tiles; tile += gridDim.x) {
    const unsigned rest = planes.column_tiles.quotient(tile);
    const unsigned first_column = (tile - rest * planes.column_tiles.value) << planes.column_bits;
    const unsigned plane = planes.row_tiles.quotient(rest);
    const unsigned first_row = (rest - plane * planes.row_tiles.value) << planes.row_bits;
    const Offsets offsets = offsets_of(planes.around, plane);

    unsigned row = first_row + read_row, column = first_column + read_column;
    std::int64_t place = offsets.from + row * planes.row.from + column * planes.column.from;
    Unit units[units_per_thread] = {};
#pragma unroll
    for (int k = 0; k < units_per_thread; ++k) {
      const bool exists =
          row < planes.row.size.value && column + k * read_step < planes.column.size.value;
      if (exists) units[k] = from[place];
      place += read_step * planes.column.from;
    }
#pragma unroll
    for (int k = 0; k < units_per_thread; ++k) {
      shared[read_row * pitch + read_column + k * read_step] = units[k];
    }
    __syncthreads();
    row = first_row + written_row, column = first_column + written_column;
    place = offsets.to + row * planes.row.to + column * planes.column.to;
#pragma unroll
    for (int k = 0; k < units_per_thread; ++k) {
      const bool exists =
          column < planes.column.size.value && row + k * written_step < planes.row.size.value;
      if (exists) to[place] = shared[(written_row + k * written_step) * pitch + written_column];
      place += written_step * planes.row.to;
    }
    __syncthreads();
  }
}

// --- launchers

/** The innermost axis of `to` first. */
struct Box {
  CopyAxis axes[most_axes] = {};
  int rank = 0;
  std::size_t bytes;  // of an element
};

/** Makes neighbours of the innermost axis one wider element, as far as all strides allow it. */
void widen(Box& box, const void* from, const void* to) {
  const auto is_even = [&](const CopyAxis& axis) { return axis.from % 2 == 0 && axis.to % 2 == 0; };
  CopyAxis& inner = box.axes[0];
  while (box.rank > 0 && inner.from == 1 && inner.to == 1 && inner.size % 2 == 0 &&
         std::all_of(box.axes + 1, box.axes + box.rank, is_even) &&
         unit_bytes(2 * box.bytes, from, to) == 2 * box.bytes) {
    inner.size /= 2;
    box.bytes *= 2;
    for (CopyAxis& axis : std::span(box.axes).subspan(1)) axis.from /= 2, axis.to /= 2;
  }
  if (box.rank > 0 && inner.size == 1) std::copy(box.axes + 1, box.axes + box.rank--, box.axes);
}

Axis device_axis(const CopyAxis& axis) {
  return {device::Divisor(static_cast<int>(axis.size)), axis.from, axis.to};
}

Axes device_axes(std::span<const CopyAxis> axes) {
  Axes result;
  for (const CopyAxis& axis : axes) result.at[result.rank++] = device_axis(axis);
  return result;
}

int bits_of(std::int64_t size) {
  int bits = least_bits;
  while ((std::int64_t{1} << bits) < size) ++bits;
  return bits;
}

/** The box as planes, where `from` likes another axis better than the innermost; else no tiles. */
Planes planes_of(const Box& box) {
  Planes planes;
  if (box.bytes > most_tiled_bytes) return planes;
  const auto distance = [&](int d) { return std::abs(box.axes[d].from); };
  int best = 0;
  for (int d = 1; d < box.rank; ++d) {
    if (distance(d) != 0 && distance(d) < distance(best)) best = d;
  }
  if (best == 0) return planes;
  const CopyAxis &column = box.axes[0], &row = box.axes[best];
  planes.row_bits = planes.column_bits = tile_bits / 2;
  if (row.size <= short_axis) {
    planes.row_bits = bits_of(row.size);
    planes.column_bits = tile_bits - planes.row_bits;
  } else if (column.size <= short_axis) {
    planes.column_bits = bits_of(column.size);
    planes.row_bits = tile_bits - planes.column_bits;
  }
  const std::int64_t rows = std::int64_t{1} << planes.row_bits;
  const std::int64_t columns = std::int64_t{1} << planes.column_bits;
  if (std::min(rows, row.size) * std::min(columns, column.size) < least_tile_units) return planes;
  const auto divide_up = [](std::int64_t n, std::int64_t d) {
    return static_cast<int>(ceil_div(static_cast<std::size_t>(n), static_cast<std::size_t>(d)));
  };
  planes.row_tiles = device::Divisor(divide_up(row.size, rows));
  planes.column_tiles = device::Divisor(divide_up(column.size, columns));
  planes.row = device_axis(row);
  planes.column = device_axis(column);
  planes.tiles = planes.row_tiles.value * planes.column_tiles.value;
  for (int d = 1; d < box.rank; ++d) {
    if (d == best) continue;
    planes.around.at[planes.around.rank++] = device_axis(box.axes[d]);
    planes.tiles *= static_cast<unsigned>(box.axes[d].size);
  }
  return planes;
}

}  // namespace

void strided_copy(const Queue& queue, std::span<const CopyAxis> axes, std::size_t element_bytes,
                  const void* from, void* to) {
  Box box{.rank = static_cast<int>(axes.size()), .bytes = element_bytes};
  std::copy(axes.begin(), axes.end(), box.axes);
  widen(box, from, to);
  const std::span<const CopyAxis> kept(box.axes, static_cast<std::size_t>(box.rank));
  const Planes planes = planes_of(box);
  with_unit(box.bytes, [&]<typename Unit>(Unit) {
    const Unit* const source = static_cast<const Unit*>(from);
    Unit* const target = static_cast<Unit*>(to);
    if constexpr (sizeof(Unit) <= most_tiled_bytes) {
      if (planes.tiles > 0) {
        const LaunchShape shape{dim3(grid_for(queue, planes.tiles)), dim3(block_threads)};
        return launch(queue, shape, transpose_kernel<Unit>, planes, source, target);
      }
    }
    unsigned n = 1;
    for (const CopyAxis& axis : kept) n *= static_cast<unsigned>(axis.size);
    const LaunchShape shape{dim3(grid_for(queue, ceil_div(n, tile_units))), dim3(block_threads)};
    launch(queue, shape, copy_kernel<Unit>, device_axes(kept), n, source, target);
  });
}

}  // namespace trialforge::cuda
