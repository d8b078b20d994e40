// The vector kernels, one table of them per instruction set. They check nothing: their callers in
// cpu/ do.
#pragma once

#include <cstddef>
#include <cstdint>

#include "trialforge/activation.h"
#include "trialforge/elementwise.h"
#include "trialforge/optimizer.h"
#include "trialforge/pool2d.h"
#include "trialforge/reduce.h"

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
 * Memory that is wanted soon: a product brings it towards the cache, a line a step, while it
 * computes. What needs more steps than the product has stays where it is.
 */
struct Ahead {
  const float* begin = nullptr;
  std::size_t floats = 0;

  /** Parts [index, index + count) of `parts` equal ones. */
  Ahead slice(std::size_t parts, std::size_t index, std::size_t count = 1) const {
    const std::size_t from = floats * index / parts;
    return {begin + from, floats * (index + count) / parts - from};
  }
};

/** y[r, c] = sum_k x[r, k] w[k, c] with k running through `taps`. */
struct InnerProduct {
  const float* x;  // row r starts at x + r * x_stride
  std::ptrdiff_t x_stride;
  Taps taps;
  const float* w;          // packed [ceil(columns / panel)][taps.count(), panel]
  std::ptrdiff_t w_panel;  // floats from panel to panel
  const float* bias;       // [columns] or null
  bool accumulate;         // add to y instead of starting from bias or 0
  float* y;                // [rows, columns], row r at y + r * y_stride
  std::ptrdiff_t y_stride;
  int rows, columns;  // 1 or more
  Ahead ahead = {};
};

/** dw[i, c] = sum over pixels p of x[p, i] dy[p, c]. */
struct OuterProduct {
  const float* x;  // pixel (h, w) at x + h * x_row + w * x_pixel
  std::ptrdiff_t x_row, x_pixel;
  const float* dy;  // pixel (h, w) at dy + h * dy_row + w * dy_pixel
  std::ptrdiff_t dy_row, dy_pixel;
  int height, width;
  bool accumulate;
  float* dw;  // [rows, columns], row i at dw + i * dw_stride
  std::ptrdiff_t dw_stride;
  int rows, columns;  // 1 or more
  Ahead ahead = {};
};

/** Points of the Winograd transforms on an axis: a tile of the input is this wide and high. */
inline constexpr int kWinogradPoints = 6;

/**
 * A square of pixels of one image: pixel (i, j) at image + origin + i * row + j * pixel. Those
 * outside of [row_begin, row_end) x [column_begin, column_end) are not part of the image: they read
 * as 0 and are never written.
 */
struct TilePixels {
  std::ptrdiff_t origin, row, pixel;
  int row_begin, row_end, column_begin, column_end;
};

/**
 * y[r, c] = op(a[r, c], b[r, c]). An operand has `columns` consecutive elements a row, or one that
 * all columns share; never one in both.
 */
struct BinaryRows {
  const void *a, *b;            // row r at element r * a_row, r * b_row
  std::ptrdiff_t a_row, b_row;  // in elements
  bool a_is_column, b_is_column;
  void* y;  // [rows, columns]
  std::ptrdiff_t rows, columns;
  bool past_caches = false;  // y is too large for them
};

/** An output pixel of a resized axis: in [low, high] of the input, `fraction` of the way. */
struct ResizeTap {
  std::int32_t low, high;
  float fraction;
};

/** A depthwise convolution with one filter a channel. */
struct DepthwisePlan {
  int in_height, in_width, out_height, out_width, channels;
  int kernel_height, kernel_width;
  int stride_height, stride_width, dilation_height, dilation_width;
  int pad_top, pad_left;
};

/** Rows of one image from row `first` on, [.., in_width, channels]. */
struct DepthwiseRows {
  const float* data;
  int first;
};

/** Components of a Parzen mixture are looked at in blocks of so many. */
inline constexpr std::size_t kParzenBlock = 32;
/** Parameters of a component, and terms of a sum, are taken so many at a time. */
inline constexpr std::size_t kParzenLanes = 8;

/** The components of a mixture over one parameter, in any order. */
struct ParzenLine {
  std::size_t n;
  const double* mu;
  const double* inverse_sigma;
  const double* constant;
  const std::int32_t* order;
  const double* weights;
};

/** The same in single precision; arrays are readable up to a whole block. */
struct ParzenRoughLine {
  std::size_t n;
  const float* mu;
  /** sqrt(1/2) / sigma */
  const float* inverse_sigma;
  /** -infinity beyond the last. */
  const float* constant;
  const float* weights;
};

/** A point among the components of a mixture; arrays are readable up to a whole block. */
struct ParzenScan {
  /** [n] sums of the components' constants; -infinity beyond the last. */
  const float* bounds;
  std::size_t n_parameters;
  /** [n_parameters][n] */
  const float* const* mu;
  /** [n_parameters][n] sqrt(1/2) / sigma */
  const float* const* inverse_sigma;
  /** [n_parameters] */
  const float* x;
  /** [n_parameters] distances that do not count; 0 where all do. */
  const float* slack;
  /** Components with less than this are left out. */
  float floor;
};

struct Kernels {
  int width;     // floats of a vector
  int panel;     // columns of a packed panel
  int max_rows;  // of a register tile: products with a multiple of it waste nothing

  void (*inner_product)(const InnerProduct& product);
  void (*outer_product)(const OuterProduct& product);
  /** to = [ceil(columns / panel), depth, panel] from the rows from[k * stride + c]. */
  void (*pack_panels)(const float* from, std::ptrdiff_t stride, int depth, int columns, float* to);
  /** The same from the columns from[c * stride + k]. */
  void (*pack_transposed_panels)(const float* from, std::ptrdiff_t stride, int depth, int columns,
                                 float* to);
  /** to[c * to_stride + r] = from[r * stride + c] for r < rows, c < columns. */
  void (*transpose)(const float* from, std::ptrdiff_t stride, int rows, int columns, float* to,
                    std::ptrdiff_t to_stride);
  /** y[c] += sum_k x[k] w[k * stride + c] for k < depth, c < n: reads w once, from end to end. */
  void (*add_scaled_rows)(const float* x, const float* w, std::ptrdiff_t stride, int depth, int n,
                          float* y);
  /** sum[c] += dy[p, c] for p in [0, pixels). */
  void (*add_rows)(const float* dy, std::int64_t pixels, int channels, float* sum);

  // Winograd's transforms of one tile, for square kernels of 3 or 5. Position i of the 36 lies at
  // v + i * stride, its channels rounded up to whole vectors.
  /** v = B^T x B. */
  void (*winograd_input)(const TilePixels& pixels, const float* x, int channels, float* v,
                         std::ptrdiff_t stride);
  /** dx += B dv B^T. */
  void (*winograd_input_gradient)(const float* dv, std::ptrdiff_t stride, const TilePixels& pixels,
                                  int channels, float* dx);
  /** y = max(A^T m A + bias, lowest); bias may be null. */
  void (*winograd_output)(int kernel, const float* m, std::ptrdiff_t stride,
                          const TilePixels& pixels, int channels, const float* bias, float lowest,
                          float* y);
  /** dm = A dy A^T. */
  void (*winograd_output_gradient)(int kernel, const TilePixels& pixels, const float* dy,
                                   int channels, float* dm, std::ptrdiff_t stride);
  /** u = G w G^T for `count` <= width filters, whose taps are tap_stride apart. Writes a vector. */
  void (*winograd_filter)(int kernel, const float* w, std::ptrdiff_t tap_stride, int count,
                          float* u, std::ptrdiff_t stride);
  /** dw = G^T (sum of the parts) G for `count` <= width filters. */
  void (*winograd_filter_gradient)(int kernel, const float* parts, int n_parts,
                                   std::ptrdiff_t part_stride, std::ptrdiff_t stride, int count,
                                   float* dw, std::ptrdiff_t tap_stride);

  void (*activation_forward)(Activation activation, const float* x, float* y, std::size_t n);
  void (*activation_backward)(Activation activation, const float* y, const float* dy, float* dx,
                              std::size_t n);

  /** `type` is that of x; y's is as the facade has it. `past_caches`: y is too large for them. */
  void (*unary)(UnaryOp op, DType type, const UnaryParameters& parameters, const void* x, void* y,
                std::size_t n, bool past_caches);
  /** `type` is that of the operands. */
  void (*binary)(BinaryOp op, DType type, const BinaryRows& rows);
  /** y[i] = condition[i] ? a[i] : b[i]. */
  void (*select)(const std::uint8_t* condition, DType type, const void* a, const void* b, void* y,
                 std::size_t n);
  void (*cast)(DType from, const void* x, DType to, void* y, std::size_t n);

  /** One image; argmax may be null. */
  void (*max_pool_forward)(const Pool2dShape& shape, const float* x, float* y,
                           std::int32_t* argmax);
  /** One image; dx need not be initialised. */
  void (*max_pool_backward)(const Pool2dShape& shape, const float* dy, const std::int32_t* argmax,
                            float* dx);
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

  /** acc[c] = op of acc[c] and the x[r * stride + c] of every row r; a mean's sum. */
  void (*reduce_floats)(ReduceOp op, const float* x, std::int64_t rows, std::ptrdiff_t stride,
                        int columns, double* acc);
  void (*reduce_ints)(ReduceOp op, const std::int32_t* x, std::int64_t rows, std::ptrdiff_t stride,
                      int columns, std::int32_t* acc);
  void (*reduce_bools)(ReduceOp op, const std::uint8_t* x, std::int64_t rows, std::ptrdiff_t stride,
                       int columns, std::int32_t* acc);
  /** The largest or smallest of every column and its first row, skipping NaN; row 0 and what
   * nothing is better than where there is none. */
  void (*arg_extreme_floats)(ArgOp op, const float* x, std::int64_t rows, std::ptrdiff_t stride,
                             int columns, float* best, std::int32_t* at);
  void (*arg_extreme_ints)(ArgOp op, const std::int32_t* x, std::int64_t rows,
                           std::ptrdiff_t stride, int columns, std::int32_t* best,
                           std::int32_t* at);

  /** [rows, n] each, in place if need be. */
  void (*softmax_rows)(const float* x, int rows, int n, float* y);
  void (*log_softmax_rows)(const float* x, int rows, int n, float* y);
  /** -infinity where there is none; skips NaN. */
  float (*largest)(const float* x, int n);
  /** The sum of y[i] = exp(x[i] - maximum); y may be null. */
  double (*exponentials)(const float* x, int n, float maximum, float* y);
  void (*scale)(const float* x, int n, float factor, float* y);
  /** y[i] = (x[i] - first) - second. */
  void (*subtract)(const float* x, int n, float first, float second, float* y);

  /** y[c] = (x[c] - mean[c]) * factor[c] + offset[c] for c < n. */
  void (*normalize)(const float* x, const float* mean, const float* factor, const float* offset,
                    float* y, int n);

  /** A row of `width` pixels, `fraction` of the way from row `top` to row `bottom`. */
  void (*resize_row)(const float* top, const float* bottom, float fraction,
                     const ResizeTap* columns, int width, int channels, float* y);
  /** Adds `weight` times a row of dy to the pixels of a row that it came from. */
  void (*resize_row_gradient)(const float* dy, float weight, const ResizeTap* columns, int width,
                              int channels, float* dx);

  /** Row `row` of the output. */
  void (*depthwise_row)(const DepthwisePlan& plan, const DepthwiseRows& x, const float* w, int row,
                        float* y);
  /** Row `row` of the input's gradient, from an image of dy. */
  void (*depthwise_input_row)(const DepthwisePlan& plan, const float* dy, const float* w, int row,
                              float* dx);
  /** dw += what row `row` of the output, with gradient dy, makes of it. */
  void (*depthwise_filter_row)(const DepthwisePlan& plan, const DepthwiseRows& x, const float* dy,
                               int row, float* dw);

  /**
   * Of components from..to - 1 writes those whose bound from above is not below the floor; returns
   * how many. `from` is a multiple of kParzenBlock.
   */
  std::size_t (*parzen_scan)(const ParzenScan& scan, std::size_t from, std::size_t to,
                             std::int32_t* survivors);
  /**
   * The sum of ((x - mu) / sigma)^2 / 2 over `stride` parameters, a multiple of kParzenLanes, of a
   * component: mu [stride], 1 / sigma [stride].
   */
  double (*parzen_distance)(const double* row, const double* x, std::size_t stride);
  /**
   * With t[k] = constant[k] - ((x - mu[k]) inverse_sigma[k])^2 / 2, raises `largest` to the largest
   * of them and returns the sum of weights[order[k]] exp(t[k] - largest), where terms by more than
   * `margin` below the largest one may be left out. All but the weights are readable up to a
   * multiple of kParzenLanes, where constants are -infinity and indices valid.
   */
  double (*parzen_sum_near)(const ParzenLine& line, double x, double margin, double& largest);
  /**
   * sums[i] = the sum of weights[j] exp(constant[j] - ((x[i] - mu[j]) inverse_sigma[j])^2)
   * for m points, where no exponent is above 80.
   */
  void (*parzen_rough_sums)(const ParzenRoughLine& line, const float* x, std::size_t m,
                            float* sums);
  /**
   * The sum of weights[j] exp(terms[j] - shift). Both are readable up to a multiple of
   * kParzenLanes, where weights are 0 and terms numbers.
   */
  double (*parzen_sum_exp)(const double* terms, const double* weights, std::size_t n, double shift);

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
