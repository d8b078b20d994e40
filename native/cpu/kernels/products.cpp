// The two products that convolution and dense layers are made of, on register tiles: a few rows
// times two or four vectors of columns.
#include <type_traits>
#include <utility>

#include "cpu/kernels/declarations.h"
#include "cpu/kernels/simd.h"

namespace trialforge::cpu::TRIALFORGE_ISA {
namespace {

/** body(0), ..., body(N - 1) with constants, so that arrays they index can live in registers. */
template <int N, typename Body>
[[gnu::always_inline]] inline void unrolled(Body body) {
  [&]<int... I>(std::integer_sequence<int, I...>) __attribute__((always_inline)) {
    (body(std::integral_constant<int, I>{}), ...);
  }
  (std::make_integer_sequence<int, N>{});
}

/** A register tile: Rows rows of Vectors vectors. */
template <int Rows, int Vectors>
struct Tile {
  Vector sum[Rows * Vectors];

  /** value(r, v) into every vector. */
  template <typename Value>
  [[gnu::always_inline]] inline void fill(Value value) {
    unrolled<Rows * Vectors>([&](auto i) __attribute__((always_inline)) {
      sum[i] = value(i / Vectors, i % Vectors);
    });
  }
  /** At most `columns` floats of a row are memory. */
  template <bool Full>
  [[gnu::always_inline]] inline void store_to(float* to, std::ptrdiff_t stride, int columns) const {
    unrolled<Rows * Vectors>([&](auto i) __attribute__((always_inline)) {
      constexpr int r = i / Vectors, v = i % Vectors;
      float* const at = to + r * stride + v * kWidth;
      Full ? store(at, sum[i]) : store_partial(at, sum[i], columns - v * kWidth);
    });
  }
  /** += the column x(r) times the row w(v). */
  template <typename Column, typename Row>
  [[gnu::always_inline]] inline void multiply_add(Column x, Row w) {
    Vector row[Vectors];
    unrolled<Vectors>([&](auto v) __attribute__((always_inline)) { row[v] = w(v); });
    unrolled<Rows>([&](auto r) __attribute__((always_inline)) {
      const Vector value = broadcast(x(r));
      unrolled<Vectors>([&](auto v) __attribute__((always_inline)) {
        sum[r * Vectors + v] += value * row[v];
      });
    });
  }
};

template <bool Full>
inline Vector load_columns(const float* from, int vector, int columns) {
  from += vector * kWidth;
  return Full ? load(from) : load_partial(from, columns - vector * kWidth);
}

/**
 * Rows `stride` floats apart behind few pointers, one for every three rows. Left to itself the
 * compiler keeps a register for every row, and those do not suffice.
 */
template <int Rows>
class RowPointers {
 public:
  [[gnu::always_inline]] inline RowPointers(const float* x, std::ptrdiff_t stride)
      : stride_(stride * static_cast<std::ptrdiff_t>(sizeof(float))) {
    unrolled<kCount>([&](auto i) __attribute__((always_inline)) {
      base_[i] = reinterpret_cast<const char*>(x + 3 * i * stride);
    });
    hide();
  }
  [[gnu::always_inline]] inline float at(int row, int k) const {
    return reinterpret_cast<const float*>(base_[row / 3] + row % 3 * stride_)[k];
  }
  [[gnu::always_inline]] inline void advance(int k) {
    unrolled<kCount>([&](auto i) __attribute__((always_inline)) { base_[i] += k * sizeof(float); });
    hide();
  }

 private:
  static constexpr int kCount = (Rows + 2) / 3;
  /** The compiler may assume nothing about how the pointers are related. */
  [[gnu::always_inline]] inline void hide() {
    unrolled<kCount>([&](auto i) __attribute__((always_inline)) { asm("" : "+r"(base_[i])); });
    asm("" : "+r"(stride_));
  }
  const char* base_[kCount];
  std::ptrdiff_t stride_;  // bytes
};

/** The memory ahead, line by line. */
class Prefetch {
 public:
  /** `other` is some memory in use: fetched again where nothing is left to fetch. */
  Prefetch(const Ahead& ahead, const float* other)
      : next_(reinterpret_cast<const char*>(ahead.begin)),
        other_(reinterpret_cast<const char*>(other)),
        rest_(ahead.floats * sizeof(float)) {}
  /** Where a tile of `steps` steps begins, and how far each of its steps goes. */
  struct Lines {
    const char* next;
    std::ptrdiff_t step;
  };
  Lines tile(std::size_t steps) {
    constexpr std::size_t line = 64;
    if (rest_ < steps * line) return {other_, 0};
    const Lines lines{next_, line};
    next_ += steps * line;
    rest_ -= steps * line;
    return lines;
  }

 private:
  const char *next_, *other_;
  std::size_t rest_;
};

/** Rows [row, row + Rows) of the columns from `column` on, at most Vectors vectors of them. */
template <int Rows, int Vectors, bool Full>
inline void tile_of(const InnerProduct& p, int row, int column, Prefetch::Lines ahead) {
  const int columns = p.columns - column;
  float* const y = p.y + row * p.y_stride + column;
  Tile<Rows, Vectors> tile;
  tile.fill([&](int r, int v) {
    if (p.accumulate) return load_columns<Full>(y + r * p.y_stride, v, columns);
    return p.bias == nullptr ? Vector{} : load_columns<Full>(p.bias + column, v, columns);
  });
  const std::ptrdiff_t panel = p.w_panel;
  const float* w = p.w + column / kPanel * panel;
  for (int outer = 0; outer < p.taps.outer; ++outer) {
    for (int inner = 0; inner < p.taps.inner; ++inner) {
      RowPointers<Rows> x(
          p.x + row * p.x_stride + outer * p.taps.outer_stride + inner * p.taps.inner_stride,
          p.x_stride);
      int rest = p.taps.length;
      const auto step = [&](int k) __attribute__((always_inline)) {
        __builtin_prefetch(ahead.next, 0, 2);
        ahead.next += ahead.step;
        tile.multiply_add(
            [&](int r) __attribute__((always_inline)) { return x.at(r, k); },
            [&](int v) __attribute__((always_inline)) {
              return load(w + v / 2 * panel + v % 2 * kWidth + k * kPanel);
            });
      };
      for (; rest >= 2; rest -= 2, w += 2 * kPanel) {
        step(0);
        step(1);
        x.advance(2);
      }
      if (rest > 0) {
        step(0);
        w += kPanel;
      }
    }
  }
  tile.template store_to<Full>(y, p.y_stride, columns);
}

template <int Rows, int Vectors, bool Full>
inline void tile_of(const OuterProduct& p, int row, int column, Prefetch::Lines ahead) {
  const int columns = p.columns - column;
  float* const dw = p.dw + row * p.dw_stride + column;
  Tile<Rows, Vectors> tile;
  tile.fill([&](int r, int v) {
    return p.accumulate ? load_columns<Full>(dw + r * p.dw_stride, v, columns) : Vector{};
  });
  for (int h = 0; h < p.height; ++h) {
    const float* x = p.x + h * p.x_row + row;
    const float* dy = p.dy + h * p.dy_row + column;
    for (int w = 0; w < p.width; ++w, x += p.x_pixel, dy += p.dy_pixel) {
      __builtin_prefetch(ahead.next, 0, 2);
      ahead.next += ahead.step;
      tile.multiply_add(
          [=](int r) __attribute__((always_inline)) { return x[r]; }, [=
      ](int v) __attribute__((always_inline)) { return load_columns<Full>(dy, v, columns); });
    }
  }
  tile.template store_to<Full>(dw, p.dw_stride, columns);
}

/** `groups` tiles of Rows rows, one below the other. */
inline std::size_t steps_of(const InnerProduct& p) {
  return static_cast<std::size_t>(p.taps.count());
}

inline std::size_t steps_of(const OuterProduct& p) {
  return static_cast<std::size_t>(p.height) * static_cast<std::size_t>(p.width);
}

template <int Rows, int Vectors, typename Product>
void tiles_of(const Product& p, int row, int column, int groups, Prefetch& ahead) {
  const bool full = p.columns - column >= Vectors * kWidth;
  for (int group = 0; group < groups; ++group, row += Rows) {
    const Prefetch::Lines lines = ahead.tile(steps_of(p));
    if (full) {
      tile_of<Rows, Vectors, true>(p, row, column, lines);
    } else {
      tile_of<Rows, Vectors, false>(p, row, column, lines);
    }
  }
}

/** All rows of some columns, in tiles that differ by one row at most. */
template <int Vectors, typename Product, int... Rows>
inline void column_of_tiles(const Product& p, int column, Prefetch& ahead,
                            std::integer_sequence<int, Rows...>) {
  using Function = void (*)(const Product&, int, int, int, Prefetch&);
  static constexpr Function functions[] = {tiles_of<Rows + 1, Vectors, Product>...};
  constexpr int most = sizeof...(Rows);
  const int groups = (p.rows + most - 1) / most;
  const int size = p.rows / groups, larger = p.rows % groups;
  if (larger > 0) functions[size](p, 0, column, larger, ahead);
  functions[size - 1](p, larger * (size + 1), column, groups - larger, ahead);
}

template <typename Product>
inline void product(const Product& p) {
  Prefetch ahead(p.ahead, p.x);
  int column = 0;
  if constexpr (kWideRows > 0) {
    for (; p.columns - column > kPanel; column += 2 * kPanel) {
      column_of_tiles<4>(p, column, ahead, std::make_integer_sequence<int, kWideRows>{});
    }
  }
  for (; p.columns - column > kWidth; column += kPanel) {
    column_of_tiles<2>(p, column, ahead, std::make_integer_sequence<int, kMaxRows>{});
  }
  if (column < p.columns) {
    column_of_tiles<1>(p, column, ahead, std::make_integer_sequence<int, kMaxRows>{});
  }
}

}  // namespace

void inner_product(const InnerProduct& p) { product(p); }

void outer_product(const OuterProduct& p) { product(p); }

void add_rows(const float* dy, std::int64_t pixels, int channels, float* sum) {
  int c = 0;
  for (; c + kWidth <= channels; c += kWidth) {
    Vector total = load(sum + c);
    for (std::int64_t p = 0; p < pixels; ++p) total += load(dy + p * channels + c);
    store(sum + c, total);
  }
  for (; c < channels; ++c) {
    for (std::int64_t p = 0; p < pixels; ++p) sum[c] += dy[p * channels + c];
  }
}

}  // namespace trialforge::cpu::TRIALFORGE_ISA
