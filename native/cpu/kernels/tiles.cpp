// The two register-blocked tiles that convolution and matrix products are made of.
#include "cpu/kernels/declarations.h"
#include "cpu/kernels/simd.h"

namespace trialforge::cpu::TRIALFORGE_ISA {
namespace {

template <int Rows>
void inner_rows(const InnerTile& tile) {
  Vector low[Rows], high[Rows];
  const int tail = tile.columns - kWidth;
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r) {
    if (tile.accumulate) {
      low[r] = load_partial(tile.y + r * tile.y_stride, tile.columns);
      high[r] = tail > 0 ? load_partial(tile.y + r * tile.y_stride + kWidth, tail) : Vector{};
    } else if (tile.bias != nullptr) {
      low[r] = load(tile.bias);
      high[r] = load(tile.bias + kWidth);
    } else {
      low[r] = Vector{};
      high[r] = Vector{};
    }
  }
  const float* w = tile.w;
  const std::ptrdiff_t stride = tile.x_stride;
  for (int outer = 0; outer < tile.taps.outer; ++outer) {
    for (int inner = 0; inner < tile.taps.inner; ++inner) {
      const float* x = tile.x + outer * tile.taps.outer_stride + inner * tile.taps.inner_stride;
      for (const float* const end = x + tile.taps.length; x != end; ++x) {
        const Vector w_low = load(w), w_high = load(w + kWidth);
        w += kPanel;
#pragma GCC unroll 16
        for (int r = 0; r < Rows; ++r) {
          const Vector value = broadcast(x[r * stride]);
          low[r] += value * w_low;
          high[r] += value * w_high;
        }
      }
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r) {
    float* y = tile.y + r * tile.y_stride;
    store_partial(y, low[r], tile.columns);
    if (tail > 0) store_partial(y + kWidth, high[r], tail);
  }
}

template <int Rows, bool Full>
void outer_rows(const OuterTile& tile) {
  Vector low[Rows], high[Rows];
  const int tail = tile.columns - kWidth;
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r) {
    low[r] = Vector{};
    high[r] = Vector{};
    if (tile.accumulate) {
      low[r] = load_partial(tile.dw + r * tile.dw_stride, tile.columns);
      if (tail > 0) high[r] = load_partial(tile.dw + r * tile.dw_stride + kWidth, tail);
    }
  }
  for (int h = 0; h < tile.height; ++h) {
    const float* x = tile.x + h * tile.x_row;
    const float* dy = tile.dy + h * tile.dy_row;
    for (int w = 0; w < tile.width; ++w) {
      const Vector dy_low = Full ? load(dy) : load_partial(dy, tile.columns);
      const Vector dy_high = Full ? load(dy + kWidth) : load_partial(dy + kWidth, tail);
#pragma GCC unroll 16
      for (int r = 0; r < Rows; ++r) {
        const Vector value = broadcast(x[r]);
        low[r] += value * dy_low;
        high[r] += value * dy_high;
      }
      x += tile.x_pixel;
      dy += tile.dy_pixel;
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r) {
    float* dw = tile.dw + r * tile.dw_stride;
    store_partial(dw, low[r], tile.columns);
    if (tail > 0) store_partial(dw + kWidth, high[r], tail);
  }
}

template <int Rows>
void inner_dispatch(const InnerTile& tile) {
  if constexpr (Rows > 1) {
    if (tile.rows != Rows) return inner_dispatch<Rows - 1>(tile);
  }
  inner_rows<Rows>(tile);
}

template <int Rows>
void outer_dispatch(const OuterTile& tile) {
  if constexpr (Rows > 1) {
    if (tile.rows != Rows) return outer_dispatch<Rows - 1>(tile);
  }
  if (tile.columns == kPanel) {
    outer_rows<Rows, true>(tile);
  } else {
    outer_rows<Rows, false>(tile);
  }
}

}  // namespace

void inner_tile(const InnerTile& tile) { inner_dispatch<kMaxRows>(tile); }

void outer_tile(const OuterTile& tile) { outer_dispatch<kMaxRows>(tile); }

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
