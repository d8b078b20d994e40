// The vector kernels, one table of them per instruction set. They check nothing: their callers in
// cpu/ do.
#pragma once

#include <cstddef>
#include <cstdint>

#include "trialforge/activation.h"
#include "trialforge/optimizer.h"
#include "trialforge/pool2d.h"

namespace trialforge::cpu {

/**
 * Which floats of a row of the left operand a tile multiplies, in order: `outer` times `inner` runs
 * of `length` consecutive floats. A convolution has one run per kernel row (or per kernel pixel,
 * when dilated); a matrix product has one run.
 */
struct Taps {
  int outer = 1, inner = 1;
  std::ptrdiff_t outer_stride = 0, inner_stride = 0;
  int length = 0;
  int count() const noexcept { return outer * inner * length; }
};

/**
 * A tile of y[r, c] = sum_k x[r, k] w[k, c] with k running through `taps`.
 */
struct InnerTile {
  const float* x;  // row r starts at x + r * x_stride
  std::ptrdiff_t x_stride;
  Taps taps;
  const float* w;     // packed [taps.count(), panel]
  const float* bias;  // [panel] or null
  bool accumulate;    // add to y instead of starting from bias or 0
  float* y;           // [rows, columns], row r at y + r * y_stride
  std::ptrdiff_t y_stride;
  int rows;     // 1 .. max_rows
  int columns;  // 1 .. panel
};

/** A tile of dw[i, c] = sum over an image's pixels p of x[p, i] dy[p, c]. */
struct OuterTile {
  const float* x;  // pixel (h, w) at x + h * x_row + w * x_pixel
  std::ptrdiff_t x_row, x_pixel;
  const float* dy;  // pixel (h, w) at dy + h * dy_row + w * dy_pixel
  std::ptrdiff_t dy_row, dy_pixel;
  int height, width;
  bool accumulate;
  float* dw;  // [rows, columns], row i at dw + i * dw_stride
  std::ptrdiff_t dw_stride;
  int rows;     // 1 .. max_rows
  int columns;  // 1 .. panel
};

struct Kernels {
  int width;     // floats of a vector
  int panel;     // columns of a tile
  int max_rows;  // rows of a tile

  void (*inner_tile)(const InnerTile& tile);
  void (*outer_tile)(const OuterTile& tile);
  /** sum[c] += dy[p, c] for p in [0, pixels). */
  void (*add_rows)(const float* dy, std::int64_t pixels, int channels, float* sum);

  void (*activation_forward)(Activation activation, const float* x, float* y, std::size_t n);
  void (*activation_backward)(Activation activation, const float* y, const float* dy, float* dx,
                              std::size_t n);

  /** One image; argmax may be null. */
  void (*max_pool_forward)(const Pool2dShape& shape, const float* x, float* y,
                           std::int32_t* argmax);
  void (*average_pool_forward)(const Pool2dShape& shape, const float* x, float* y);
  void (*average_pool_backward)(const Pool2dShape& shape, const float* dy, float* dx);

  void (*scale_bytes)(const std::uint8_t* x, float scale, float* y, std::size_t n);
  /** y[i] = sum over parts of parts[p * stride + i], in the order of p. */
  void (*sum_parts)(const float* parts, int n_parts, std::size_t stride, float* y, std::size_t n);
  void (*dropout)(const std::uint32_t* words, std::uint32_t threshold, float scale, const float* x,
                  float* y, std::size_t n);

  /** Weights [begin, end) of optimizer_step with the gradient as it is. */
  void (*optimizer_step)(const OptimizerSpec& spec, float rate, const float* dw, float* w,
                         float* state, std::size_t state_stride, std::size_t n);

  /** 12 independent chains of `steps` multiply-adds on vectors: 24 * width * steps operations. */
  float (*multiply_add_chains)(std::int64_t steps);
};

/** The table of the instruction set chosen for this process. */
const Kernels& kernels();

namespace portable {
extern const Kernels table;
}
namespace avx2 {
extern const Kernels table;
}
namespace avx512 {
extern const Kernels table;
}

}  // namespace trialforge::cpu
