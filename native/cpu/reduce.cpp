// The kernels reduce the rows of a block of columns. A long axis is cut into chunks that the
// threads share; their results are combined in order.
#include <algorithm>
#include <cmath>
#include <type_traits>

#include "cpu/kernels/kernels.h"
#include "cpu/ops.h"
#include "cpu/partition.h"
#include "cpu/reduction.h"

namespace trialforge::cpu {
namespace {

constexpr std::int64_t kColumns = 1024;  // of a unit, so that its results fit the first cache
constexpr std::int64_t kChunkElements = 65536;
constexpr std::int64_t kTaskElements = 32768;
constexpr std::int64_t kEnoughUnits = 64;  // need no chunks to keep the threads busy

/** A unit: all of the reduced axis of one `outer` and one block of columns. */
struct Units {
  std::int64_t columns, blocks, units, chunks;

  explicit Units(const ReduceShape& s)
      : columns(std::min<std::int64_t>(s.inner, kColumns)),
        blocks(divide_up(s.inner, columns)),
        units(blocks * s.outer),
        chunks(std::clamp<std::int64_t>(divide_up(s.reduced * columns, kChunkElements), 1,
                                        divide_up(kEnoughUnits, units))) {}
};

/** Part of a unit: `rows` of x from `row` on, and where its results belong. */
struct Piece {
  std::int64_t row, rows;
  int columns;
  std::ptrdiff_t x, y;  // offsets of the first element
};

Piece piece_of(const ReduceShape& s, const Units& u, std::int64_t unit, std::int64_t chunk) {
  const std::int64_t o = unit / u.blocks, column = unit % u.blocks * u.columns;
  const Range rows = part(s.reduced, u.chunks, chunk);
  return {rows.begin, rows.size(),
          static_cast<int>(std::min<std::int64_t>(u.columns, s.inner - column)),
          (o * s.reduced + rows.begin) * s.inner + column, o * s.inner + column};
}

/**
 * reduce_piece(piece, result) for every piece, then finish(unit's piece, results) once a unit with
 * the results of its chunks, kColumns apart.
 */
template <typename Result, typename ReducePiece, typename Finish>
void each_unit(ThreadPool& pool, const ReduceShape& s, ReducePiece reduce_piece, Finish finish) {
  if (s.outer == 0 || s.inner == 0) return;
  const Units u(s);
  if (u.chunks == 1) {
    const std::int64_t unit_elements = std::max<std::int64_t>(s.reduced * u.columns, 1);
    const std::int64_t units_of_task = std::max<std::int64_t>(kTaskElements / unit_elements, 1);
    pool.parallel_for(divide_up(u.units, units_of_task), [&](std::int64_t task, int) {
      Result results[kColumns];
      const std::int64_t end = std::min(u.units, (task + 1) * units_of_task);
      for (std::int64_t unit = task * units_of_task; unit < end; ++unit) {
        const Piece piece = piece_of(s, u, unit, 0);
        reduce_piece(piece, results);
        finish(piece, results, 1);
      }
    });
    return;
  }
  const std::int64_t tasks = u.units * u.chunks;
  pool.reserve(static_cast<std::size_t>(tasks * kColumns) * sizeof(Result) / sizeof(float), 0);
  Result* const results = reinterpret_cast<Result*>(pool.shared_scratch());
  pool.parallel_for(tasks, [&](std::int64_t task, int) {
    reduce_piece(piece_of(s, u, task / u.chunks, task % u.chunks), results + task * kColumns);
  });
  for (std::int64_t unit = 0; unit < u.units; ++unit) {
    finish(piece_of(s, u, unit, 0), results + unit * u.chunks * kColumns, u.chunks);
  }
}

/** A: what the elements T are accumulated in. */
template <typename T, typename A>
void reduce_as(ThreadPool& pool, ReduceOp op, const ReduceShape& s, const T* x, T* y,
               void (*add_rows)(ReduceOp, const T*, std::int64_t, std::ptrdiff_t, int, A*)) {
  each_unit<A>(
      pool, s,
      [=](const Piece& piece, A* result) {
        std::fill(result, result + piece.columns, identity_of<A>(op));
        add_rows(op, x + piece.x, piece.rows, s.inner, piece.columns, result);
      },
      [=](const Piece& piece, A* results, std::int64_t chunks) {
        for (int c = 0; c < piece.columns; ++c) {
          A total = results[c];
          for (std::int64_t k = 1; k < chunks; ++k) {
            total = combined(op, total, results[k * kColumns + c]);
          }
          if (op == ReduceOp::mean) total /= static_cast<A>(s.reduced);
          y[piece.y + c] = static_cast<T>(total);
        }
      });
}

template <typename T>
void arg_reduce_as(ThreadPool& pool, ArgOp op, const ReduceShape& s, const T* x, std::int32_t* y,
                   void (*find)(ArgOp, const T*, std::int64_t, std::ptrdiff_t, int, T*,
                                std::int32_t*)) {
  struct Results {  // of a column
    T value;
    std::int32_t row;
  };
  each_unit<Results>(
      pool, s,
      [=](const Piece& piece, Results* results) {
        T values[kColumns];
        std::int32_t rows[kColumns];
        find(op, x + piece.x, piece.rows, s.inner, piece.columns, values, rows);
        for (int c = 0; c < piece.columns; ++c) {
          results[c] = {values[c], rows[c] + static_cast<std::int32_t>(piece.row)};
        }
      },
      [=](const Piece& piece, const Results* results, std::int64_t chunks) {
        for (int c = 0; c < piece.columns; ++c) {
          Results best = results[c];
          for (std::int64_t k = 1; k < chunks; ++k) {
            const Results& other = results[k * kColumns + c];
            const bool better =
                op == ArgOp::max ? other.value > best.value : other.value < best.value;
            if (better) best = other;
          }
          if constexpr (std::is_floating_point_v<T>) {
            // Nothing compares with a NaN that comes first.
            if (s.reduced > 0 && std::isnan(x[piece.x + c])) best.row = 0;
          }
          y[piece.y + c] = best.row;
        }
      });
}

}  // namespace

void reduce(ThreadPool& pool, ReduceOp op, const ReduceShape& s, TensorView x,
            MutableTensorView y) {
  switch (x.dtype) {
    case DType::float32:
      return reduce_as(pool, op, s, x.as<float>(), y.as<float>(), kernels().reduce_floats);
    case DType::int32:
      return reduce_as(pool, op, s, x.as<std::int32_t>(), y.as<std::int32_t>(),
                       kernels().reduce_ints);
    case DType::bool8:
      return reduce_as(pool, op, s, x.as<std::uint8_t>(), y.as<std::uint8_t>(),
                       kernels().reduce_bools);
  }
}

void arg_reduce(ThreadPool& pool, ArgOp op, const ReduceShape& s, TensorView x, std::int32_t* y) {
  if (x.dtype == DType::float32) {
    arg_reduce_as(pool, op, s, x.as<float>(), y, kernels().arg_extreme_floats);
  } else {
    arg_reduce_as(pool, op, s, x.as<std::int32_t>(), y, kernels().arg_extreme_ints);
  }
}

}  // namespace trialforge::cpu
