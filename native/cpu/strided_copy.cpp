// The box becomes a plane of its two innermost axes, cut into tiles, and the axes around it.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

#include "cpu/kernels/kernels.h"
#include "cpu/ops.h"
#include "cpu/partition.h"

namespace trialforge::cpu {
namespace {

constexpr std::int64_t kTileElements = 16384;
// Of a transpose, as `to` has them: the lines of both sides stay in the cache until they are
// complete.
constexpr std::int64_t kTransposedColumns = 256, kTransposedRows = 64;
constexpr std::int64_t kTaskElements = 32768;

/** At least two axes. */
struct Box {
  std::array<CopyAxis, 8> axes;
  int rank = 0;
};

/** Brings an axis that `from` likes better than the innermost one beside it. */
bool transposes(Box& box) {
  const auto distance = [&](int d) { return std::abs(box.axes[d].from); };
  int best = 0;
  for (int d = 1; d < box.rank; ++d) {
    if (distance(d) != 0 && distance(d) < distance(best)) best = d;
  }
  if (best == 0) return false;
  // The others keep their order.
  std::rotate(box.axes.begin() + 1, box.axes.begin() + best, box.axes.begin() + best + 1);
  return true;
}

template <typename T>
void copy_row(const CopyAxis& axis, std::int64_t n, const T* from, T* to) {
  if (axis.to == 1 && axis.from == 1) {
    if (n >= 16) {
      std::memcpy(to, from, static_cast<std::size_t>(n) * sizeof(T));
    } else {
      for (std::int64_t i = 0; i < n; ++i) to[i] = from[i];
    }
  } else if (axis.to == 1 && axis.from == 0) {
    std::fill(to, to + n, *from);
  } else if (axis.to == 1 && axis.from == -1) {
    for (std::int64_t i = 0; i < n; ++i) to[i] = from[-i];
  } else if (axis.to == 1) {
    for (std::int64_t i = 0; i < n; ++i) to[i] = from[i * axis.from];
  } else {
    for (std::int64_t i = 0; i < n; ++i) to[i * axis.to] = from[i * axis.from];
  }
}

template <typename T>
void copy_tile(const CopyAxis& row, std::int64_t rows, const CopyAxis& column, std::int64_t columns,
               const T* from, T* to) {
  if constexpr (sizeof(T) == sizeof(float)) {
    if (row.from == 1 && column.to == 1 && rows >= 4 && columns >= 4) {
      kernels().transpose(reinterpret_cast<const float*>(from), column.from,
                          static_cast<int>(columns), static_cast<int>(rows),
                          reinterpret_cast<float*>(to), row.to);
      return;
    }
  }
  for (std::int64_t r = 0; r < rows; ++r) {
    copy_row(column, columns, from + r * row.from, to + r * row.to);
  }
}

/** Runs through the tiles in order: columns, then rows, then the axes around the plane. */
class Odometer {
 public:
  Odometer(const Box& box, std::int64_t tile_columns, std::int64_t tile_rows, std::int64_t tile)
      : box_(box) {
    sizes_[0] = tile_columns;
    sizes_[1] = tile_rows;
    for (int d = 0; d < box.rank; ++d) {
      if (d >= 2) sizes_[d] = box.axes[d].size;
      index_[d] = tile % sizes_[d];
      tile /= sizes_[d];
      if (d >= 2) move(d, index_[d]);
    }
  }
  std::int64_t column() const { return index_[0]; }
  std::int64_t row() const { return index_[1]; }
  std::ptrdiff_t from() const { return from_; }
  std::ptrdiff_t to() const { return to_; }

  void next() {
    for (int d = 0; d < box_.rank; ++d) {
      if (++index_[d] < sizes_[d]) {
        if (d >= 2) move(d, 1);
        return;
      }
      index_[d] = 0;
      if (d >= 2) move(d, 1 - sizes_[d]);
    }
  }

 private:
  void move(int d, std::int64_t steps) {
    from_ += steps * box_.axes[d].from;
    to_ += steps * box_.axes[d].to;
  }

  const Box& box_;
  std::array<std::int64_t, 8> sizes_, index_;
  std::ptrdiff_t from_ = 0, to_ = 0;
};

template <typename T>
void copy(ThreadPool& pool, const Box& box, bool transposed, const T* from, T* to) {
  const CopyAxis column = box.axes[0], row = box.axes[1];
  const std::int64_t tile_columns =
      std::min(column.size, transposed ? kTransposedColumns : kTileElements);
  const std::int64_t tile_rows =
      std::min(row.size, transposed ? kTransposedRows
                                    : std::max<std::int64_t>(kTileElements / tile_columns, 1));
  const std::int64_t columns = divide_up(column.size, tile_columns);
  const std::int64_t rows = divide_up(row.size, tile_rows);
  std::int64_t tiles = columns * rows;
  for (int d = 2; d < box.rank; ++d) tiles *= box.axes[d].size;
  const std::int64_t tiles_of_task =
      std::max<std::int64_t>(kTaskElements / (tile_columns * tile_rows), 1);
  pool.parallel_for(divide_up(tiles, tiles_of_task), [&](std::int64_t task, int) {
    const std::int64_t begin = task * tiles_of_task;
    const std::int64_t end = std::min(tiles, begin + tiles_of_task);
    Odometer at(box, columns, rows, begin);
    for (std::int64_t tile = begin; tile < end; ++tile, at.next()) {
      const std::int64_t r = at.row() * tile_rows, c = at.column() * tile_columns;
      copy_tile(row, std::min(tile_rows, row.size - r), column,
                std::min(tile_columns, column.size - c),
                from + (at.from() + r * row.from + c * column.from),
                to + (at.to() + r * row.to + c * column.to));
    }
  });
}

}  // namespace

void strided_copy(ThreadPool& pool, std::span<const CopyAxis> axes, std::size_t element_bytes,
                  const void* from, void* to) {
  Box box;
  for (const CopyAxis& axis : axes) box.axes[box.rank++] = axis;
  while (box.rank < 2) box.axes[box.rank++] = {1, 0, 0};
  const bool transposed = transposes(box);
  if (element_bytes == 1) {
    copy(pool, box, transposed, static_cast<const std::uint8_t*>(from),
         static_cast<std::uint8_t*>(to));
  } else {
    copy(pool, box, transposed, static_cast<const std::uint32_t*>(from),
         static_cast<std::uint32_t*>(to));
  }
}

}  // namespace trialforge::cpu
