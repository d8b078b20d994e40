// The kernels know one filter a channel only. With a multiplier the input's channels are repeated,
// a few rows at a time, and the input's gradient is that of the repeated ones, added up.
#include <algorithm>

#include "cpu/kernels/kernels.h"
#include "cpu/ops.h"
#include "cpu/partition.h"

namespace trialforge::cpu {
namespace {

constexpr std::int64_t kTaskProducts = 1 << 18;
constexpr std::int64_t kFilterParts = 16;
constexpr std::int64_t kPartsFloats = 1 << 22;

DepthwisePlan plan_of(const DepthwiseConv2dShape& s) {
  return {.in_height = s.in_height,
          .in_width = s.in_width,
          .out_height = s.out_height(),
          .out_width = s.out_width(),
          .channels = s.out_channels(),
          .kernel_height = s.kernel_height,
          .kernel_width = s.kernel_width,
          .stride_height = s.stride_height,
          .stride_width = s.stride_width,
          .dilation_height = s.dilation_height,
          .dilation_width = s.dilation_width,
          .pad_top = s.pad_top(),
          .pad_left = s.pad_left()};
}

std::ptrdiff_t in_row(const DepthwisePlan& p) {
  return static_cast<std::ptrdiff_t>(p.in_width) * p.channels;
}
std::ptrdiff_t out_row(const DepthwisePlan& p) {
  return static_cast<std::ptrdiff_t>(p.out_width) * p.channels;
}

/** Rows of an image whose sums make about a task; `pixels` of them a row. */
std::int64_t rows_of_task(const DepthwisePlan& p, std::int64_t rows, std::int64_t pixels) {
  const double products =
      static_cast<double>(pixels) * p.channels * p.kernel_height * p.kernel_width;
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(kTaskProducts / products), 1, rows);
}

/** Rows of the input that some rows of the output need. */
Range rows_below(const DepthwisePlan& p, Range out) {
  const auto top = [&](std::int64_t row) { return row * p.stride_height - p.pad_top; };
  const std::int64_t reach = static_cast<std::int64_t>(p.kernel_height - 1) * p.dilation_height + 1;
  const std::int64_t begin = std::clamp<std::int64_t>(top(out.begin), 0, p.in_height);
  return {begin, std::clamp<std::int64_t>(top(out.end - 1) + reach, begin, p.in_height)};
}

std::int64_t most_rows_below(const DepthwisePlan& p, std::int64_t out_rows) {
  const std::int64_t reach = static_cast<std::int64_t>(p.kernel_height - 1) * p.dilation_height + 1;
  return std::min<std::int64_t>((out_rows - 1) * p.stride_height + reach, p.in_height);
}

/** Every channel of n pixels and channels `multiplier` times in a row. */
void repeat_channels(const float* x, std::ptrdiff_t n, int multiplier, float* repeated) {
  for (std::ptrdiff_t i = 0; i < n; ++i, repeated += multiplier) {
    std::fill(repeated, repeated + multiplier, x[i]);
  }
}

void add_channels(const float* repeated, std::ptrdiff_t n, int multiplier, float* sum) {
  for (std::ptrdiff_t i = 0; i < n; ++i, repeated += multiplier) {
    float total = 0;
    for (int m = 0; m < multiplier; ++m) total += repeated[m];
    sum[i] = total;
  }
}

/** The image's rows as the kernels want them; `scratch` is for repeated ones. */
DepthwiseRows input_rows(const DepthwiseConv2dShape& s, const DepthwisePlan& p, const float* image,
                         Range out, float* scratch) {
  if (s.multiplier == 1) return {image, 0};
  const Range rows = rows_below(p, out);
  const std::ptrdiff_t row = static_cast<std::ptrdiff_t>(s.in_width) * s.in_channels;
  repeat_channels(image + rows.begin * row, rows.size() * row, s.multiplier, scratch);
  return {scratch, static_cast<int>(rows.begin)};
}

/** Of the input gradient of stride 1, which is a convolution of dy with the kernel turned round. */
DepthwisePlan turned(const DepthwisePlan& p) {
  DepthwisePlan t = p;
  t.in_height = p.out_height;
  t.in_width = p.out_width;
  t.out_height = p.in_height;
  t.out_width = p.in_width;
  t.pad_top = (p.kernel_height - 1) * p.dilation_height - p.pad_top;
  t.pad_left = (p.kernel_width - 1) * p.dilation_width - p.pad_left;
  return t;
}

}  // namespace

void depthwise_conv2d_forward(ThreadPool& pool, const DepthwiseConv2dShape& s, const float* x,
                              const float* w, float* y) {
  const DepthwisePlan p = plan_of(s);
  const std::int64_t rows = rows_of_task(p, p.out_height, p.out_width);
  const std::int64_t bands = divide_up(p.out_height, rows);
  if (s.multiplier > 1) {
    pool.reserve(0, static_cast<std::size_t>(most_rows_below(p, rows) * in_row(p)));
  }
  const std::ptrdiff_t image =
      static_cast<std::ptrdiff_t>(s.in_height) * s.in_width * s.in_channels;
  pool.parallel_for(s.batch * bands, [&](std::int64_t task, int worker) {
    const std::int64_t b = task / bands, first = task % bands * rows;
    const Range band{first, std::min<std::int64_t>(p.out_height, first + rows)};
    const DepthwiseRows input = input_rows(s, p, x + b * image, band, pool.worker_scratch(worker));
    for (std::int64_t row = band.begin; row < band.end; ++row) {
      kernels().depthwise_row(p, input, w, static_cast<int>(row),
                              y + (b * p.out_height + row) * out_row(p));
    }
  });
}

void depthwise_conv2d_backward_input(ThreadPool& pool, const DepthwiseConv2dShape& s,
                                     const float* dy, const float* w, float* dx) {
  const DepthwisePlan p = plan_of(s), back = turned(p);
  const bool strided = s.stride_height > 1 || s.stride_width > 1;
  const std::ptrdiff_t taps = static_cast<std::ptrdiff_t>(s.kernel_height) * s.kernel_width;
  const std::size_t filter = strided ? 0 : static_cast<std::size_t>(taps) * p.channels;
  pool.reserve(filter, s.multiplier == 1 ? 0 : static_cast<std::size_t>(in_row(p)));
  float* const turned_w = pool.shared_scratch();  // the taps from the last to the first
  for (std::ptrdiff_t tap = 0; !strided && tap < taps; ++tap) {
    std::copy_n(w + (taps - 1 - tap) * p.channels, p.channels, turned_w + tap * p.channels);
  }
  const std::int64_t rows = rows_of_task(p, s.in_height, std::max(s.in_width, p.out_width));
  const std::int64_t all = static_cast<std::int64_t>(s.batch) * s.in_height;
  const std::ptrdiff_t image = p.out_height * out_row(p);
  const std::ptrdiff_t row_elements = static_cast<std::ptrdiff_t>(s.in_width) * s.in_channels;
  pool.parallel_for(divide_up(all, rows), [&](std::int64_t task, int worker) {
    const std::int64_t end = std::min(all, (task + 1) * rows);
    for (std::int64_t i = task * rows; i < end; ++i) {
      const std::int64_t b = i / s.in_height;
      const int row = static_cast<int>(i % s.in_height);
      float* const target = dx + i * row_elements;
      float* const result = s.multiplier == 1 ? target : pool.worker_scratch(worker);
      if (strided) {
        kernels().depthwise_input_row(p, dy + b * image, w, row, result);
      } else {
        kernels().depthwise_row(back, {dy + b * image, 0}, turned_w, row, result);
      }
      if (s.multiplier > 1) add_channels(result, row_elements, s.multiplier, target);
    }
  });
}

void depthwise_conv2d_backward_filter(ThreadPool& pool, const DepthwiseConv2dShape& s,
                                      const float* x, const float* dy, float* dw) {
  const DepthwisePlan p = plan_of(s);
  const std::int64_t w_size = static_cast<std::int64_t>(s.w_size());
  const std::int64_t all = static_cast<std::int64_t>(s.batch) * p.out_height;
  const std::int64_t tasks = divide_up(all, rows_of_task(p, p.out_height, p.out_width));
  const std::int64_t parts =
      std::clamp<std::int64_t>(std::min(tasks, kPartsFloats / w_size), 1, kFilterParts);
  pool.reserve(parts == 1 ? 0 : static_cast<std::size_t>(parts * w_size),
               s.multiplier == 1 ? 0 : static_cast<std::size_t>(most_rows_below(p, 1) * in_row(p)));
  float* const sums = parts == 1 ? dw : pool.shared_scratch();  // [parts, w_size]
  const std::ptrdiff_t image =
      static_cast<std::ptrdiff_t>(s.in_height) * s.in_width * s.in_channels;
  pool.parallel_for(parts, [&](std::int64_t index, int worker) {
    float* const sum = sums + index * w_size;
    std::fill(sum, sum + w_size, 0.0f);
    const Range range = part(all, parts, index);
    for (std::int64_t i = range.begin; i < range.end; ++i) {
      const std::int64_t b = i / p.out_height, row = i % p.out_height;
      const DepthwiseRows input =
          input_rows(s, p, x + b * image, {row, row + 1}, pool.worker_scratch(worker));
      kernels().depthwise_filter_row(p, input, dy + i * out_row(p), static_cast<int>(row), sum);
    }
  });
  if (parts > 1) {
    kernels().sum_parts(sums, static_cast<int>(parts), static_cast<std::size_t>(w_size), dw,
                        static_cast<std::size_t>(w_size));
  }
}

}  // namespace trialforge::cpu
