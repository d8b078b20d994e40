// Rows in parallel, those of y or, backwards, those of dx, to which a run of rows of dy belongs.
#include <algorithm>
#include <cmath>

#include "cpu/kernels/kernels.h"
#include "cpu/ops.h"
#include "cpu/partition.h"

namespace trialforge::cpu {
namespace {

constexpr std::int64_t kTaskElements = 16384;

/** Where output pixel i of an axis lies, TensorFlow's arithmetic in double. */
ResizeTap tap_of(int i, int in, int out, bool align_corners, bool half_pixel_centers) {
  const bool aligned = align_corners && out > 1;
  const double ratio =
      static_cast<double>(aligned ? in - 1 : in) / static_cast<double>(aligned ? out - 1 : out);
  const double at = half_pixel_centers ? ratio * (i + 0.5) - 0.5 : ratio * i;
  const int low = std::clamp(static_cast<int>(std::floor(at)), 0, in - 1);
  const int high = std::clamp(static_cast<int>(std::ceil(at)), 0, in - 1);
  return {low, high, static_cast<float>(at - low)};
}

/** The taps of both axes, in the pool's shared scratch. */
struct Taps2d {
  const ResizeTap *rows, *columns;

  Taps2d(ThreadPool& pool, const ResizeShape& s) {
    const std::size_t n = static_cast<std::size_t>(s.out_height) + s.out_width;
    pool.reserve(n * sizeof(ResizeTap) / sizeof(float), 0);
    auto* const taps = reinterpret_cast<ResizeTap*>(pool.shared_scratch());
    for (int i = 0; i < s.out_height; ++i) {
      taps[i] = tap_of(i, s.in_height, s.out_height, s.align_corners, s.half_pixel_centers);
    }
    for (int i = 0; i < s.out_width; ++i) {
      taps[s.out_height + i] =
          tap_of(i, s.in_width, s.out_width, s.align_corners, s.half_pixel_centers);
    }
    rows = taps;
    columns = taps + s.out_height;
  }
};

/** body(image, row) for every one of the rows. */
template <typename Body>
void each_row(ThreadPool& pool, int images, int rows, std::int64_t elements_of_row, Body body) {
  const std::int64_t all = static_cast<std::int64_t>(images) * rows;
  const std::int64_t of_task = std::max<std::int64_t>(kTaskElements / elements_of_row, 1);
  pool.parallel_for(divide_up(all, of_task), [&](std::int64_t task, int) {
    const std::int64_t end = std::min(all, (task + 1) * of_task);
    for (std::int64_t i = task * of_task; i < end; ++i) body(i / rows, i % rows);
  });
}

}  // namespace

void resize_bilinear_forward(ThreadPool& pool, const ResizeShape& s, const float* x, float* y) {
  if (s.batch == 0) return;
  const Taps2d taps(pool, s);
  const std::int64_t in_row = static_cast<std::int64_t>(s.in_width) * s.channels;
  const std::int64_t out_row = static_cast<std::int64_t>(s.out_width) * s.channels;
  each_row(pool, s.batch, s.out_height, out_row, [&](std::int64_t b, std::int64_t r) {
    const ResizeTap& row = taps.rows[r];
    const float* const image = x + b * s.in_height * in_row;
    kernels().resize_row(image + row.low * in_row, image + row.high * in_row, row.fraction,
                         taps.columns, s.out_width, s.channels,
                         y + (b * s.out_height + r) * out_row);
  });
}

void resize_bilinear_backward(ThreadPool& pool, const ResizeShape& s, const float* dy, float* dx) {
  if (s.batch == 0) return;
  const Taps2d taps(pool, s);
  const std::int64_t in_row = static_cast<std::int64_t>(s.in_width) * s.channels;
  const std::int64_t out_row = static_cast<std::int64_t>(s.out_width) * s.channels;
  // Both taps ascend with the row of dy.
  const ResizeTap *const begin = taps.rows, *const end = taps.rows + s.out_height;
  const std::int64_t work = std::max(in_row, out_row * s.out_height / s.in_height);
  each_row(pool, s.batch, s.in_height, work, [&](std::int64_t b, std::int64_t r) {
    float* const target = dx + (b * s.in_height + r) * in_row;
    std::fill(target, target + in_row, 0.0f);
    const ResizeTap* row =
        std::partition_point(begin, end, [r](const ResizeTap& tap) { return tap.high < r; });
    for (; row != end && row->low <= r; ++row) {
      const float weight =
          (row->low == r ? 1 - row->fraction : 0) + (row->high == r ? row->fraction : 0);
      kernels().resize_row_gradient(dy + (b * s.out_height + (row - begin)) * out_row, weight,
                                    taps.columns, s.out_width, s.channels, target);
    }
  });
}

}  // namespace trialforge::cpu
