// Direct convolution on register tiles: a row of output pixels times a panel of output channels.
// The gradient with respect to the input is the same convolution of the padded dy with the turned
// filter; the gradient with respect to the filter sums outer products over the pixels.
#include <algorithm>
#include <cstring>

#include "cpu/kernels/kernels.h"
#include "cpu/ops.h"
#include "cpu/partition.h"

namespace trialforge::cpu {
namespace {

/** One image with zeros around it (and between its pixels), so that no tap falls outside. */
struct PaddedImage {
  int height, width, channels;  // of the image
  int padded_height, padded_width;
  int top, left;                        // where its first pixel lies
  int step_height = 1, step_width = 1;  // distance of its pixels: the stride, for dy

  bool is_image() const noexcept {
    return top == 0 && left == 0 && step_height == 1 && step_width == 1 &&
           padded_height <= height && padded_width <= width;
  }
  std::ptrdiff_t row() const noexcept {
    return static_cast<std::ptrdiff_t>(is_image() ? width : padded_width) * channels;
  }
  std::size_t scratch() const noexcept {
    return is_image() ? 0 : static_cast<std::size_t>(padded_height) * row();
  }

  /** `image` itself where nothing is to be added, else its padded copy in `scratch`. */
  const float* make(const float* image, float* scratch) const {
    if (is_image()) return image;
    std::memset(scratch, 0, this->scratch() * sizeof(float));
    for (int h = 0; h < height; ++h) {
      const int target = top + h * step_height;
      if (target >= padded_height) break;
      const int columns = std::min(width, (padded_width - left - 1) / step_width + 1);
      const float* from = image + static_cast<std::ptrdiff_t>(h) * width * channels;
      float* to = scratch + target * row() + static_cast<std::ptrdiff_t>(left) * channels;
      if (step_width == 1) {
        std::memcpy(to, from, static_cast<std::size_t>(columns) * channels * sizeof(float));
        continue;
      }
      for (int w = 0; w < columns; ++w) {
        std::memcpy(to + static_cast<std::ptrdiff_t>(w) * step_width * channels,
                    from + static_cast<std::ptrdiff_t>(w) * channels, channels * sizeof(float));
      }
    }
    return scratch;
  }
};

PaddedImage padded_input(const Conv2dShape& s) {
  return {.height = s.in_height,
          .width = s.in_width,
          .channels = s.in_channels,
          .padded_height = (s.out_height() - 1) * s.stride_height +
                           (s.kernel_height - 1) * s.dilation_height + 1,
          .padded_width =
              (s.out_width() - 1) * s.stride_width + (s.kernel_width - 1) * s.dilation_width + 1,
          .top = s.pad_top(),
          .left = s.pad_left()};
}

PaddedImage padded_gradient(const Conv2dShape& s) {
  const int reach_height = (s.kernel_height - 1) * s.dilation_height;
  const int reach_width = (s.kernel_width - 1) * s.dilation_width;
  return {.height = s.out_height(),
          .width = s.out_width(),
          .channels = s.out_channels,
          .padded_height = s.in_height + reach_height,
          .padded_width = s.in_width + reach_width,
          .top = reach_height - s.pad_top(),
          .left = reach_width - s.pad_left(),
          .step_height = s.stride_height,
          .step_width = s.stride_width};
}

/** The kernel's pixels over rows of `row` floats and pixels of `channels` floats. */
Taps kernel_taps(const Conv2dShape& s, std::ptrdiff_t row, int channels) {
  Taps taps{.outer = s.kernel_height, .outer_stride = s.dilation_height * row};
  if (s.dilation_width == 1) {
    taps.length = s.kernel_width * channels;
  } else {
    taps.inner = s.kernel_width;
    taps.inner_stride = static_cast<std::ptrdiff_t>(s.dilation_width) * channels;
    taps.length = channels;
  }
  return taps;
}

/** Rows of output pixels, all channels: y[h, w, :] for h in `rows`. */
struct RowsOfPixels {
  const float* x;  // padded image
  std::ptrdiff_t x_row, x_pixel;
  Taps taps;
  const float* w;     // packed [panels, taps.count(), panel]
  const float* bias;  // packed [panels, panel] or null
  float* y;           // [height, width, channels]
  int width, channels;
};

void convolve_rows(const RowsOfPixels& r, Range rows, Activation activation) {
  const Kernels& k = kernels();
  const int groups = static_cast<int>(divide_up(r.width, k.max_rows));
  for (std::int64_t h = rows.begin; h < rows.end; ++h) {
    float* const y = r.y + h * r.width * r.channels;
    for (int c = 0, panel = 0; c < r.channels; c += k.panel, ++panel) {
      for (int group = 0; group < groups; ++group) {
        const Range pixels = part(r.width, groups, group);
        k.inner_tile({.x = r.x + h * r.x_row + pixels.begin * r.x_pixel,
                      .x_stride = r.x_pixel,
                      .taps = r.taps,
                      .w = r.w + static_cast<std::ptrdiff_t>(panel) * r.taps.count() * k.panel,
                      .bias = r.bias == nullptr ? nullptr : r.bias + panel * k.panel,
                      .accumulate = false,
                      .y = y + pixels.begin * r.channels + c,
                      .y_stride = r.channels,
                      .rows = static_cast<int>(pixels.size()),
                      .columns = std::min(k.panel, r.channels - c)});
      }
    }
    if (activation != Activation::linear) {
      k.activation_forward(activation, y, y, static_cast<std::size_t>(r.width) * r.channels);
    }
  }
}

/** Images alone keep many threads busy; a few images are cut into bands of rows. */
int bands(int batch, int height) { return batch >= 16 ? 1 : std::min(height, 8); }

/** packed[panel, k, c] = source(k, panel * width + c), zeros behind the last column. */
template <typename Source>
void pack_panels(ThreadPool& pool, int rows, int columns, float* packed, Source source) {
  const int panel = kernels().panel;
  pool.parallel_for(divide_up(columns, panel), [=](std::int64_t p, int) {
    const int begin = static_cast<int>(p) * panel, count = std::min(panel, columns - begin);
    float* to = packed + p * rows * panel;
    for (int k = 0; k < rows; ++k, to += panel) {
      for (int c = 0; c < count; ++c) to[c] = source(k, begin + c);
      std::fill(to + count, to + panel, 0.0f);
    }
  });
}

constexpr int kMaxParts = 16;

int filter_parts(const Conv2dShape& s) { return std::clamp(s.batch, 1, kMaxParts); }

}  // namespace

void conv2d_forward(ThreadPool& pool, const Conv2dShape& s, const float* x, const float* w,
                    const float* bias, Activation activation, float* y) {
  if (s.batch == 0) return;
  const Kernels& k = kernels();
  const PaddedImage padded = padded_input(s);
  const Taps taps = kernel_taps(s, padded.row(), s.in_channels);
  const int panels = static_cast<int>(divide_up(s.out_channels, k.panel));
  const std::size_t packed_size = static_cast<std::size_t>(panels) * k.panel * taps.count();
  pool.reserve(packed_size + static_cast<std::size_t>(panels) * k.panel, padded.scratch());
  float* const packed = pool.shared_scratch();
  float* const packed_bias = packed + packed_size;
  pack_panels(pool, taps.count(), s.out_channels, packed,
              [=, n = s.out_channels](int row, int c) { return w[row * n + c]; });
  std::fill(packed_bias, packed_bias + panels * k.panel, 0.0f);
  if (bias != nullptr) std::copy(bias, bias + s.out_channels, packed_bias);

  const int out_height = s.out_height(), out_width = s.out_width();
  const int n_bands = bands(s.batch, out_height);
  const std::size_t image = static_cast<std::size_t>(s.in_height) * s.in_width * s.in_channels;
  pool.parallel_for(static_cast<std::int64_t>(s.batch) * n_bands, [&](std::int64_t task, int me) {
    const std::int64_t b = task / n_bands;
    convolve_rows({.x = padded.make(x + b * image, pool.worker_scratch(me)),
                   .x_row = s.stride_height * padded.row(),
                   .x_pixel = static_cast<std::ptrdiff_t>(s.stride_width) * s.in_channels,
                   .taps = taps,
                   .w = packed,
                   .bias = bias == nullptr ? nullptr : packed_bias,
                   .y = y + b * out_height * out_width * s.out_channels,
                   .width = out_width,
                   .channels = s.out_channels},
                  part(out_height, n_bands, task % n_bands), activation);
  });
}

void conv2d_backward_input(ThreadPool& pool, const Conv2dShape& s, const float* dy, const float* w,
                           float* dx) {
  if (s.batch == 0) return;
  const Kernels& k = kernels();
  const PaddedImage padded = padded_gradient(s);
  const Taps taps = kernel_taps(s, padded.row(), s.out_channels);
  const int panels = static_cast<int>(divide_up(s.in_channels, k.panel));
  pool.reserve(static_cast<std::size_t>(panels) * k.panel * taps.count(), padded.scratch());
  float* const packed = pool.shared_scratch();
  // The filter turned by half a circle, in and out channels exchanged.
  const int pixels = s.kernel_height * s.kernel_width;
  pack_panels(pool, taps.count(), s.in_channels, packed,
              [=, in = s.in_channels, out = s.out_channels](int row, int c) {
                const int pixel = pixels - 1 - row / out, n = row % out;
                return w[(static_cast<std::ptrdiff_t>(pixel) * in + c) * out + n];
              });

  const int n_bands = bands(s.batch, s.in_height);
  const std::size_t image = static_cast<std::size_t>(padded.height) * padded.width * s.out_channels;
  pool.parallel_for(static_cast<std::int64_t>(s.batch) * n_bands, [&](std::int64_t task, int me) {
    const std::int64_t b = task / n_bands;
    convolve_rows({.x = padded.make(dy + b * image, pool.worker_scratch(me)),
                   .x_row = padded.row(),
                   .x_pixel = s.out_channels,
                   .taps = taps,
                   .w = packed,
                   .bias = nullptr,
                   .y = dx + b * s.in_height * s.in_width * s.in_channels,
                   .width = s.in_width,
                   .channels = s.in_channels},
                  part(s.in_height, n_bands, task % n_bands), Activation::linear);
  });
}

void conv2d_backward_filter(ThreadPool& pool, const Conv2dShape& s, const float* x, const float* dy,
                            float* dw, float* dbias) {
  const Kernels& k = kernels();
  const PaddedImage padded = padded_input(s);
  const Taps taps = kernel_taps(s, padded.row(), s.in_channels);
  const int runs = taps.outer * taps.inner;
  const int n = s.out_channels, out_height = s.out_height(), out_width = s.out_width();
  const std::size_t w_size = s.w_size(), part_size = w_size + n;
  const int parts = filter_parts(s);
  pool.reserve(part_size * parts, padded.scratch());
  float* const partial = pool.shared_scratch();  // [parts, w_size + n]
  if (s.batch == 0) {
    std::fill(dw, dw + w_size, 0.0f);
    if (dbias != nullptr) std::fill(dbias, dbias + n, 0.0f);
    return;
  }

  const std::size_t x_image = static_cast<std::size_t>(s.in_height) * s.in_width * s.in_channels;
  const std::size_t dy_image = static_cast<std::size_t>(out_height) * out_width * n;
  const int groups = static_cast<int>(divide_up(taps.length, k.max_rows));
  pool.parallel_for(static_cast<std::int64_t>(parts) * runs, [&](std::int64_t task, int me) {
    const std::int64_t index = task / runs;
    const int run = static_cast<int>(task % runs);
    const Range images = part(s.batch, parts, index);
    float* const sum = partial + index * part_size;
    if (run == 0) std::fill(sum + w_size, sum + part_size, 0.0f);
    for (std::int64_t b = images.begin; b < images.end; ++b) {
      const float* const image = padded.make(x + b * x_image, pool.worker_scratch(me)) +
                                 run / taps.inner * taps.outer_stride +
                                 run % taps.inner * taps.inner_stride;
      const float* const gradient = dy + b * dy_image;
      for (int c = 0; c < n; c += k.panel) {
        for (int group = 0; group < groups; ++group) {
          const Range rows = part(taps.length, groups, group);
          k.outer_tile(
              {.x = image + rows.begin,
               .x_row = s.stride_height * padded.row(),
               .x_pixel = static_cast<std::ptrdiff_t>(s.stride_width) * s.in_channels,
               .dy = gradient + c,
               .dy_row = static_cast<std::ptrdiff_t>(out_width) * n,
               .dy_pixel = n,
               .height = out_height,
               .width = out_width,
               .accumulate = b != images.begin,
               .dw = sum + (static_cast<std::ptrdiff_t>(run) * taps.length + rows.begin) * n + c,
               .dw_stride = n,
               .rows = static_cast<int>(rows.size()),
               .columns = std::min(k.panel, n - c)});
        }
      }
      if (run == 0 && dbias != nullptr) {
        k.add_rows(gradient, static_cast<std::int64_t>(out_height) * out_width, n, sum + w_size);
      }
    }
  });
  constexpr std::int64_t block = 4096;
  pool.parallel_for(divide_up(static_cast<std::int64_t>(w_size), block), [&](std::int64_t i, int) {
    const std::size_t begin = static_cast<std::size_t>(i * block);
    k.sum_parts(partial + begin, parts, part_size, dw + begin,
                std::min<std::size_t>(block, w_size - begin));
  });
  if (dbias != nullptr) k.sum_parts(partial + w_size, parts, part_size, dbias, n);
}

}  // namespace trialforge::cpu
