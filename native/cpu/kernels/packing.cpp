// Copies into the panels that inner_product reads: to[panel, k, c], zeros behind the last column.
#include "cpu/kernels/declarations.h"
#include "cpu/kernels/simd.h"

namespace trialforge::cpu::TRIALFORGE_ISA {
namespace {

/** rows[i][j] and rows[j][i] change places: blocks of 1, 2, 4, ... lanes in turn. */
template <int Distance>
inline void transpose_blocks(Vector (&rows)[kWidth]) {
  if constexpr (Distance < kWidth) {
    IntVector low, high;  // lanes of a pair of rows, the second one's counted from kWidth on
    for (int lane = 0; lane < kWidth; ++lane) {
      const bool second = (lane & Distance) != 0;
      low[lane] = second ? kWidth + lane - Distance : lane;
      high[lane] = second ? kWidth + lane : lane + Distance;
    }
#pragma GCC unroll 16
    for (int i = 0; i < kWidth; ++i) {
      if ((i & Distance) != 0) continue;
      const Vector a = rows[i], b = rows[i + Distance];
      rows[i] = __builtin_shuffle(a, b, low);
      rows[i + Distance] = __builtin_shuffle(a, b, high);
    }
    transpose_blocks<2 * Distance>(rows);
  }
}

/** to[k * to_stride + c] = from[c * stride + k] for a square of kWidth. */
inline void transpose_square(const float* from, std::ptrdiff_t stride, float* to,
                             std::ptrdiff_t to_stride) {
  Vector rows[kWidth];
#pragma GCC unroll 16
  for (int c = 0; c < kWidth; ++c) rows[c] = load(from + c * stride);
  transpose_blocks<1>(rows);
#pragma GCC unroll 16
  for (int k = 0; k < kWidth; ++k) store(to + k * to_stride, rows[k]);
}

}  // namespace

void pack_panels(const float* from, std::ptrdiff_t stride, int depth, int columns, float* to) {
  // Some rows side by side: one stream from memory alone would wait for it.
  constexpr int streams = 4;
  const int apart = (depth + streams - 1) / streams;
  for (int i = 0; i < apart; ++i) {
    for (int c = 0; c < columns; c += kPanel) {
      const int count = columns - c;
      for (int k = i; k < depth; k += apart) {
        const float* const row = from + k * stride + c;
        float* const panel = to + (static_cast<std::ptrdiff_t>(c) * depth + k * kPanel);
        store(panel, load_partial(row, count));
        store(panel + kWidth, load_partial(row + kWidth, count - kWidth));
      }
    }
  }
}

void pack_transposed_panels(const float* from, std::ptrdiff_t stride, int depth, int columns,
                            float* to) {
  for (int begin = 0; begin < columns;
       begin += kPanel, to += static_cast<std::ptrdiff_t>(depth) * kPanel) {
    for (int half = 0; half < kPanel; half += kWidth) {
      const int first = begin + half, count = columns - first < kWidth ? columns - first : kWidth;
      int k = 0;
      if (count == kWidth) {
        for (; k + kWidth <= depth; k += kWidth) {
          transpose_square(from + first * stride + k, stride, to + k * kPanel + half, kPanel);
        }
      }
      for (; k < depth; ++k) {
        float* const row = to + k * kPanel + half;
        for (int c = 0; c < kWidth; ++c) row[c] = c < count ? from[(first + c) * stride + k] : 0;
      }
    }
  }
}

void transpose(const float* from, std::ptrdiff_t stride, int rows, int columns, float* to,
               std::ptrdiff_t to_stride) {
  const auto one_by_one = [=](int row, int row_end, int column, int column_end) {
    for (int r = row; r < row_end; ++r) {
      for (int c = column; c < column_end; ++c) to[c * to_stride + r] = from[r * stride + c];
    }
  };
  int c = 0;
  for (; c + kWidth <= columns; c += kWidth) {
    int r = 0;
    for (; r + kWidth <= rows; r += kWidth) {
      transpose_square(from + r * stride + c, stride, to + c * to_stride + r, to_stride);
    }
    one_by_one(r, rows, c, c + kWidth);
  }
  one_by_one(0, rows, c, columns);
}

void add_scaled_rows(const float* x, const float* w, std::ptrdiff_t stride, int depth, int n,
                     float* y) {
  for (int k = 0; k < depth; k += 4, x += 4, w += 4 * stride) {
    const int rows = depth - k < 4 ? depth - k : 4;
    for (int c = 0; c < n; c += kWidth) {
      const int count = n - c;
      Vector total = load_partial(y + c, count);
      if (rows == 4) {
        total += x[0] * load_partial(w + c, count) + x[1] * load_partial(w + stride + c, count) +
                 x[2] * load_partial(w + 2 * stride + c, count) +
                 x[3] * load_partial(w + 3 * stride + c, count);
      } else {
        for (int r = 0; r < rows; ++r) total += x[r] * load_partial(w + r * stride + c, count);
      }
      store_partial(y + c, total, count);
    }
  }
}

}  // namespace trialforge::cpu::TRIALFORGE_ISA
