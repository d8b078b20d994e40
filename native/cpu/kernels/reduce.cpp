// Reductions of the rows of some columns. Loops over columns are what the compiler makes vectors
// of; where the columns are fewer than a vector or two, several rows are laid side by side as
// columns.
#include "cpu/kernels/declarations.h"
#include "cpu/reduction.h"

namespace trialforge::cpu::TRIALFORGE_ISA {
namespace {

constexpr int kBlock = 256;  // columns whose partial results stay in the first cache
constexpr int kFew = 24;     // elements that are not worth vectors
constexpr int kWide = 128;   // columns made of the rows side by side

/** acc[c] = combined with x[r, c] of every row. */
template <typename T>
struct Columns {
  const T* x;
  std::int64_t rows;
  std::ptrdiff_t stride;
  int columns;
};

/** Up to 32 rows in floats, 4 at a time, so that a sum is 11 additions deep; these in double. */
inline void sum_columns(const Columns<float>& from, double* __restrict acc) {
  for (int begin = 0; begin < from.columns; begin += kBlock) {
    const int n = from.columns - begin < kBlock ? from.columns - begin : kBlock;
    const float* row = from.x + begin;
    double* const total = acc + begin;
    for (std::int64_t rest = from.rows; rest > 0; rest -= 32) {
      float part[kBlock];
      for (int c = 0; c < n; ++c) part[c] = 0;
      const int rows = rest < 32 ? static_cast<int>(rest) : 32;
      int r = 0;
      for (; r + 4 <= rows; r += 4, row += 4 * from.stride) {
        const float *a = row, *b = a + from.stride, *d = b + from.stride, *e = d + from.stride;
        for (int c = 0; c < n; ++c) part[c] += (a[c] + b[c]) + (d[c] + e[c]);
      }
      for (; r < rows; ++r, row += from.stride) {
        for (int c = 0; c < n; ++c) part[c] += row[c];
      }
      for (int c = 0; c < n; ++c) total[c] += part[c];
    }
  }
}

/** Step by step in type S, which holds every T. */
template <ReduceOp op, typename S, typename T, typename A>
inline void combine_columns(const Columns<T>& from, A* __restrict acc) {
  for (int begin = 0; begin < from.columns; begin += kBlock) {
    const int n = from.columns - begin < kBlock ? from.columns - begin : kBlock;
    const T* row = from.x + begin;
    S part[kBlock];
    for (int c = 0; c < n; ++c) part[c] = identity_of<S>(op);
    for (std::int64_t r = 0; r < from.rows; ++r, row += from.stride) {
      for (int c = 0; c < n; ++c) part[c] = combined(op, part[c], static_cast<S>(row[c]));
    }
    for (int c = 0; c < n; ++c) {
      acc[begin + c] = combined(op, acc[begin + c], static_cast<A>(part[c]));
    }
  }
}

/** Rows side by side, such that they are at most kWide columns. */
template <typename T>
inline int fold_of(const Columns<T>& from) {
  if (from.stride != from.columns) return 1;
  int fold = 1;
  while (2 * fold * from.columns <= kWide && 2 * fold <= from.rows) fold *= 2;
  return fold;
}

template <ReduceOp op, typename T, typename A, typename Add>
inline void folded(const Columns<T>& from, A* acc, Add add) {
  const int fold = fold_of(from), n = from.columns;
  if (from.rows * n <= kFew) {
    const T* row = from.x;
    for (std::int64_t r = 0; r < from.rows; ++r, row += from.stride) {
      for (int c = 0; c < n; ++c) acc[c] = combined(op, acc[c], static_cast<A>(row[c]));
    }
    return;
  }
  if (fold < 4) return add(from, acc);
  A wide[kWide];
  for (int c = 0; c < fold * n; ++c) wide[c] = identity_of<A>(op);
  const std::int64_t rows = from.rows / fold;
  add(Columns<T>{from.x, rows, fold * n, fold * n}, wide);
  // What is left is the begin of one more row.
  add(Columns<T>{from.x + rows * fold * n, 1, 0, static_cast<int>(from.rows % fold) * n}, wide);
  for (int half = fold / 2; half > 0; half /= 2) {
    for (int c = 0; c < half * n; ++c) wide[c] = combined(op, wide[c], wide[half * n + c]);
  }
  for (int c = 0; c < n; ++c) acc[c] = combined(op, acc[c], wide[c]);
}

template <ReduceOp op, typename S, typename T, typename A>
inline void folded_combine(const Columns<T>& from, A* acc) {
  folded<op>(from, acc, [](const Columns<T>& x, A* to) { combine_columns<op, S>(x, to); });
}

/** Rows counted from `first` that are better than what was found before. */
template <bool largest, typename T>
inline void find_columns(const Columns<T>& from, std::int32_t first, T* __restrict best,
                         std::int32_t* __restrict at) {
  const T* row = from.x;
  for (std::int32_t r = first; r < first + from.rows; ++r, row += from.stride) {
    for (int c = 0; c < from.columns; ++c) {
      const bool better = largest ? row[c] > best[c] : row[c] < best[c];
      best[c] = better ? row[c] : best[c];
      at[c] = better ? r : at[c];
    }
  }
}

/** What nothing is better than, at row 0. */
template <bool largest, typename T>
inline void find_nothing(int columns, T* best, std::int32_t* at) {
  for (int c = 0; c < columns; ++c) {
    best[c] = largest ? lowest_of<T>() : highest_of<T>();
    at[c] = 0;
  }
}

template <bool largest, typename T>
inline void find_extremes(const Columns<T>& from, T* best, std::int32_t* at) {
  const int fold = fold_of(from), n = from.columns;
  find_nothing<largest>(n, best, at);
  if (fold < 4 || from.rows * n <= kFew) return find_columns<largest>(from, 0, best, at);
  T wide[kWide];
  std::int32_t wide_at[kWide];
  find_nothing<largest>(fold * n, wide, wide_at);
  const std::int32_t rows = static_cast<std::int32_t>(from.rows / fold);
  find_columns<largest>(Columns<T>{from.x, rows, fold * n, fold * n}, 0, wide, wide_at);
  const int rest = static_cast<int>(from.rows % fold) * n;
  find_columns<largest>(Columns<T>{from.x + from.rows / fold * fold * n, 1, 0, rest}, rows, wide,
                        wide_at);
  for (int c = 0; c < fold * n; ++c) wide_at[c] = wide_at[c] * fold + c / n;
  for (int half = fold / 2; half > 0; half /= 2) {
    for (int c = 0; c < half * n; ++c) {
      const T value = wide[c], other = wide[half * n + c];
      const std::int32_t row = wide_at[c], other_row = wide_at[half * n + c];
      const bool better = largest ? other > value : other < value;
      const bool take = better | ((other == value) & (other_row < row));
      wide[c] = take ? other : value;
      wide_at[c] = take ? other_row : row;
    }
  }
  for (int c = 0; c < n; ++c) {
    best[c] = wide[c];
    at[c] = wide_at[c];
  }
}

}  // namespace

void reduce_floats(ReduceOp op, const float* x, std::int64_t rows, std::ptrdiff_t stride,
                   int columns, double* acc) {
  const Columns<float> from{x, rows, stride, columns};
  switch (op) {
    case ReduceOp::max:
      return folded_combine<ReduceOp::max, float>(from, acc);
    case ReduceOp::min:
      return folded_combine<ReduceOp::min, float>(from, acc);
    case ReduceOp::prod:
      return folded_combine<ReduceOp::prod, double>(from, acc);
    default:
      return folded<ReduceOp::sum>(from, acc, sum_columns);
  }
}

void reduce_ints(ReduceOp op, const std::int32_t* x, std::int64_t rows, std::ptrdiff_t stride,
                 int columns, std::int32_t* acc) {
  const Columns<std::int32_t> from{x, rows, stride, columns};
  switch (op) {
    case ReduceOp::max:
      return folded_combine<ReduceOp::max, std::int32_t>(from, acc);
    case ReduceOp::min:
      return folded_combine<ReduceOp::min, std::int32_t>(from, acc);
    case ReduceOp::prod:
      return folded_combine<ReduceOp::prod, std::int32_t>(from, acc);
    default:
      return folded_combine<ReduceOp::sum, std::int32_t>(from, acc);
  }
}

void reduce_bools(ReduceOp op, const std::uint8_t* x, std::int64_t rows, std::ptrdiff_t stride,
                  int columns, std::int32_t* acc) {
  const Columns<std::uint8_t> from{x, rows, stride, columns};
  if (op == ReduceOp::all) return folded_combine<ReduceOp::all, std::uint8_t>(from, acc);
  return folded_combine<ReduceOp::any, std::uint8_t>(from, acc);
}

void arg_extreme_floats(ArgOp op, const float* x, std::int64_t rows, std::ptrdiff_t stride,
                        int columns, float* best, std::int32_t* at) {
  const Columns<float> from{x, rows, stride, columns};
  if (op == ArgOp::max) return find_extremes<true>(from, best, at);
  return find_extremes<false>(from, best, at);
}

void arg_extreme_ints(ArgOp op, const std::int32_t* x, std::int64_t rows, std::ptrdiff_t stride,
                      int columns, std::int32_t* best, std::int32_t* at) {
  const Columns<std::int32_t> from{x, rows, stride, columns};
  if (op == ArgOp::max) return find_extremes<true>(from, best, at);
  return find_extremes<false>(from, best, at);
}

}  // namespace trialforge::cpu::TRIALFORGE_ISA
