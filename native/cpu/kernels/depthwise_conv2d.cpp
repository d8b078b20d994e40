// Rows of a depthwise convolution and its gradients, vectorised over the channels.
#include "cpu/kernels/declarations.h"
#include "cpu/kernels/simd.h"

namespace trialforge::cpu::TRIALFORGE_ISA {
namespace {

struct Span {
  std::int64_t begin, end;
};

inline std::int64_t ceil_divide(std::int64_t n, std::int64_t by) {
  return n <= 0 ? 0 : (n + by - 1) / by;
}

/** The i in [0, count) with first + i * step in [0, size). */
inline Span inside(std::int64_t first, std::int64_t step, int count, int size) {
  const std::int64_t begin = ceil_divide(-first, step);
  const std::int64_t end = ceil_divide(size - first, step);
  return {begin, end < count ? end : count};
}

/** y of `pixels` neighbours, for the given taps. */
template <int pixels>
inline void convolve(const DepthwisePlan& p, const float* x, std::ptrdiff_t x_row, Span rows,
                     Span columns, const float* w, float* y) {
  const std::ptrdiff_t n = p.channels, next = p.stride_width * n, tap = p.dilation_width * n;
  const auto some = [&](int c, int count) {
    Vector total[pixels] = {};
    for (std::int64_t h = rows.begin; h < rows.end; ++h) {
      const float* from = x + h * p.dilation_height * x_row + columns.begin * tap + c;
      const float* weight = w + (h * p.kernel_width + columns.begin) * n + c;
      for (std::int64_t k = columns.begin; k < columns.end; ++k, from += tap, weight += n) {
        const Vector factor = load_partial(weight, count);
#pragma GCC unroll 4
        for (int i = 0; i < pixels; ++i) total[i] += load_partial(from + i * next, count) * factor;
      }
    }
#pragma GCC unroll 4
    for (int i = 0; i < pixels; ++i) store_partial(y + i * n + c, total[i], count);
  };
  int c = 0;
  for (; c + kWidth <= p.channels; c += kWidth) some(c, kWidth);
  if (c < p.channels) some(c, p.channels - c);
}

}  // namespace

void depthwise_row(const DepthwisePlan& p, const DepthwiseRows& x, const float* w, int row,
                   float* y) {
  const std::ptrdiff_t n = p.channels, x_row = p.in_width * n;
  const std::int64_t top = static_cast<std::int64_t>(row) * p.stride_height - p.pad_top;
  const Span rows = inside(top, p.dilation_height, p.kernel_height, p.in_height);
  const std::int64_t reach = static_cast<std::int64_t>(p.kernel_width - 1) * p.dilation_width;
  for (int pixel = 0; pixel < p.out_width;) {
    const std::int64_t left = static_cast<std::int64_t>(pixel) * p.stride_width - p.pad_left;
    const float* const from = x.data + ((top - x.first) * x_row + left * n);
    if (left >= 0 && pixel + 4 <= p.out_width &&
        left + 3 * static_cast<std::int64_t>(p.stride_width) + reach < p.in_width) {
      convolve<4>(p, from, x_row, rows, {0, p.kernel_width}, w, y + pixel * n);
      pixel += 4;
    } else {
      const Span columns = inside(left, p.dilation_width, p.kernel_width, p.in_width);
      convolve<1>(p, from, x_row, rows, columns, w, y + pixel * n);
      ++pixel;
    }
  }
}

void depthwise_input_row(const DepthwisePlan& p, const float* dy, const float* w, int row,
                         float* dx) {
  const std::ptrdiff_t n = p.channels;
  for (std::ptrdiff_t i = 0; i < p.in_width * n; ++i) dx[i] = 0;
  for (int h = 0; h < p.kernel_height; ++h) {
    const std::int64_t below = static_cast<std::int64_t>(row) + p.pad_top -
                               static_cast<std::int64_t>(h) * p.dilation_height;
    if (below < 0) break;
    if (below % p.stride_height != 0 || below / p.stride_height >= p.out_height) continue;
    const float* const dy_row = dy + below / p.stride_height * p.out_width * n;
    for (int k = 0; k < p.kernel_width; ++k) {
      const std::int64_t first = static_cast<std::int64_t>(k) * p.dilation_width - p.pad_left;
      const Span pixels = inside(first, p.stride_width, p.out_width, p.in_width);
      const float* const weight = w + (static_cast<std::ptrdiff_t>(h) * p.kernel_width + k) * n;
      for (std::int64_t i = pixels.begin; i < pixels.end; ++i) {
        const float* const from = dy_row + i * n;
        float* const to = dx + (first + i * p.stride_width) * n;
        for (int c = 0; c < p.channels; c += kWidth) {
          const int count = p.channels - c;
          store_partial(to + c,
                        load_partial(to + c, count) +
                            load_partial(from + c, count) * load_partial(weight + c, count),
                        count);
        }
      }
    }
  }
}

void depthwise_filter_row(const DepthwisePlan& p, const DepthwiseRows& x, const float* dy, int row,
                          float* dw) {
  const std::ptrdiff_t n = p.channels, x_row = p.in_width * n, next = p.stride_width * n;
  const std::int64_t top = static_cast<std::int64_t>(row) * p.stride_height - p.pad_top;
  const Span rows = inside(top, p.dilation_height, p.kernel_height, p.in_height);
  for (std::int64_t h = rows.begin; h < rows.end; ++h) {
    const float* const from = x.data + (top + h * p.dilation_height - x.first) * x_row;
    for (int k = 0; k < p.kernel_width; ++k) {
      const std::int64_t first = static_cast<std::int64_t>(k) * p.dilation_width - p.pad_left;
      const Span pixels = inside(first, p.stride_width, p.out_width, p.in_width);
      float* const target = dw + (h * p.kernel_width + k) * n;
      // Two sums, of the even and of the odd pixels: one would wait for its last addition.
      for (int c = 0; c < p.channels; c += kWidth) {
        const int count = p.channels - c;
        Vector even = {}, odd = {};
        std::int64_t i = pixels.begin;
        const auto product = [&](std::int64_t at) {
          return load_partial(from + first * n + at * next + c, count) *
                 load_partial(dy + at * n + c, count);
        };
        for (; i + 2 <= pixels.end; i += 2) {
          even += product(i);
          odd += product(i + 1);
        }
        if (i < pixels.end) even += product(i);
        store_partial(target + c, load_partial(target + c, count) + (even + odd), count);
      }
    }
  }
}

}  // namespace trialforge::cpu::TRIALFORGE_ISA
