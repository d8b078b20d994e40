#include "cpu/conv2d_direct.h"

#include <algorithm>
#include <cstring>

#include "cpu/partition.h"

namespace trialforge::cpu {
namespace {

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
          .left = reach_width - s.pad_left()};
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

/** y[h, w, c] for rows h of pixels and channels c. */
struct RowsOfPixels {
  const float* x;  // padded image
  std::ptrdiff_t x_row, x_pixel;
  Taps taps;
  const float* w;     // packed [panels, taps.count(), panel]
  const float* bias;  // [channels] or null
  float* y;           // [height, width, channels]
  int height, width, channels;
};

void convolve_rows(const RowsOfPixels& r, Range rows, Range channels, Activation activation) {
  const Kernels& k = kernels();
  // As many channels at a time as their filters fit half of the second cache.
  const std::int64_t panel = static_cast<std::int64_t>(r.taps.count()) * k.panel;
  const std::int64_t columns =
      2 * k.panel * std::clamp<std::int64_t>((1 << 17) / panel, 1, 1 << 16);
  // Rows that follow each other without a gap are one long row.
  const bool joined = r.x_row == r.width * r.x_pixel;
  const std::int64_t step = joined ? rows.size() : 1;
  for (std::int64_t c = channels.begin; c < channels.end; c += columns) {
    for (std::int64_t h = rows.begin; h < rows.end; h += step) {
      k.inner_product({.x = r.x + h * r.x_row,
                       .x_stride = r.x_pixel,
                       .taps = r.taps,
                       .w = r.w + c / k.panel * panel,
                       .w_panel = panel,
                       .bias = r.bias == nullptr ? nullptr : r.bias + c,
                       .accumulate = false,
                       .y = r.y + h * r.width * r.channels + c,
                       .y_stride = r.channels,
                       .rows = static_cast<int>(step) * r.width,
                       .columns = static_cast<int>(std::min(columns, channels.end - c))});
    }
  }
  if (activation == Activation::linear) return;
  const std::size_t count = static_cast<std::size_t>(channels.size());
  for (std::int64_t pixel = rows.begin * r.width; pixel < rows.end * r.width;) {
    // All channels: pixels are one run of floats.
    const bool all = channels.size() == r.channels;
    const std::int64_t pixels = all ? rows.size() * r.width : 1;
    float* const y = r.y + pixel * r.channels + channels.begin;
    k.activation_forward(activation, y, y, pixels * count);
    pixel += pixels;
  }
}

/** In pieces: ranges of channels where the filter is larger than the image, else bands of rows. */
void convolve_image(const RowsOfPixels& r, Activation activation, const Pieces& pieces) {
  const int pair = 2 * kernels().panel;
  const int pairs = static_cast<int>(divide_up(r.channels, pair));
  const std::int64_t filter = static_cast<std::int64_t>(r.taps.count()) * r.channels;
  const bool by_channels = pairs > 1 && filter > r.height * r.x_row;
  const int n = pieces.count(std::min(by_channels ? pairs : r.height, 16));
  pieces.each(n, [&](std::int64_t piece) {
    if (by_channels) {
      const Range range = part(pairs, n, piece);
      convolve_rows(r, {0, r.height},
                    {range.begin * pair, std::min<std::int64_t>(range.end * pair, r.channels)},
                    activation);
    } else {
      convolve_rows(r, part(r.height, n, piece), {0, r.channels}, activation);
    }
  });
}

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

std::size_t panel_floats(int channels, const Taps& taps) {
  const int panel = kernels().panel;
  return static_cast<std::size_t>(divide_up(channels, panel)) * panel * taps.count();
}

}  // namespace

bool PaddedImage::is_image() const noexcept {
  return top == 0 && left == 0 && padded_height <= height && padded_width <= width;
}

std::ptrdiff_t PaddedImage::row() const noexcept {
  return static_cast<std::ptrdiff_t>(is_image() ? width : padded_width) * channels;
}

std::size_t PaddedImage::scratch() const noexcept {
  return is_image() ? 0 : static_cast<std::size_t>(padded_height) * row();
}

const float* PaddedImage::make(const float* image, float* scratch) const {
  if (is_image()) return image;
  std::memset(scratch, 0, this->scratch() * sizeof(float));
  const int columns = std::min(width, padded_width - left);
  for (int h = 0; h < height && top + h < padded_height; ++h) {
    std::memcpy(scratch + (top + h) * row() + static_cast<std::ptrdiff_t>(left) * channels,
                image + static_cast<std::ptrdiff_t>(h) * width * channels,
                static_cast<std::size_t>(columns) * channels * sizeof(float));
  }
  return scratch;
}

DirectConvolution::DirectConvolution(const Conv2dShape& shape, const Pieces& pieces)
    : shape_(shape),
      pieces_(pieces),
      x_(padded_input(shape)),
      dy_(padded_gradient(shape)),
      x_taps_(kernel_taps(shape, x_.row(), shape.in_channels)),
      dy_taps_(kernel_taps(shape, dy_.row(), shape.out_channels)),
      scatters_(shape.stride_height > 1 || shape.stride_width > 1 ||
                shape.in_channels < kernels().panel) {}

std::size_t DirectConvolution::filter_floats() const noexcept {
  return panel_floats(shape_.out_channels, x_taps_);
}

std::size_t DirectConvolution::turned_filter_floats() const noexcept {
  if (!scatters_) return panel_floats(shape_.in_channels, dy_taps_);
  const int panel = kernels().panel;
  const std::size_t columns = static_cast<std::size_t>(shape_.kernel_width) * shape_.in_channels;
  return (columns + panel - 1) / panel * panel * shape_.out_channels * shape_.kernel_height;
}

std::ptrdiff_t DirectConvolution::spread_floats() const noexcept {
  const std::ptrdiff_t n = static_cast<std::ptrdiff_t>(shape_.kernel_width) * shape_.in_channels;
  return (n + 15) / 16 * 16;
}

int DirectConvolution::bands() const noexcept {
  return pieces_.count(std::min(shape_.in_height, 16));
}

std::size_t DirectConvolution::backward_scratch() const noexcept {
  return x_.scratch() +
         (scatters_ ? bands() * spread_floats() * shape_.out_width() : dy_.scratch());
}

void DirectConvolution::pack_filter(ThreadPool& pool, const float* w, float* packed) const {
  pack_panels(pool, x_taps_.count(), shape_.out_channels, packed,
              [=, n = static_cast<std::ptrdiff_t>(shape_.out_channels)](int row, int c) {
                return w[row * n + c];
              });
}

void DirectConvolution::pack_turned_filter(ThreadPool& pool, const float* w, float* packed) const {
  if (scatters_) {
    const int columns = shape_.kernel_width * shape_.in_channels;
    const std::size_t row = turned_filter_floats() / shape_.kernel_height;
    pool.parallel_for(shape_.kernel_height, [&](std::int64_t h, int) {
      kernels().pack_transposed_panels(w + h * columns * shape_.out_channels, shape_.out_channels,
                                       shape_.out_channels, columns, packed + h * row);
    });
    return;
  }
  // The filter turned by half a circle, in and out channels exchanged.
  const int pixels = shape_.kernel_height * shape_.kernel_width;
  pack_panels(pool, dy_taps_.count(), shape_.in_channels, packed,
              [=, in = shape_.in_channels, out = shape_.out_channels](int row, int c) {
                const int pixel = pixels - 1 - row / out, n = row % out;
                return w[(static_cast<std::ptrdiff_t>(pixel) * in + c) * out + n];
              });
}

void DirectConvolution::forward(const ForwardGroup& group, float* scratch) const {
  const Conv2dShape& s = shape_;
  convolve_image({.x = x_.make(group.x, scratch),
                  .x_row = s.stride_height * x_.row(),
                  .x_pixel = static_cast<std::ptrdiff_t>(s.stride_width) * s.in_channels,
                  .taps = x_taps_,
                  .w = group.filter,
                  .bias = group.bias,
                  .y = group.y,
                  .height = s.out_height(),
                  .width = s.out_width(),
                  .channels = s.out_channels},
                 group.activation, pieces_);
}

void DirectConvolution::backward(const BackwardGroup& group, float* scratch) const {
  if (group.gradient != nullptr) backward_filter(group, x_.make(group.x, scratch));
  if (group.turned_filter == nullptr) return;
  if (scatters_) {
    scatter(group, scratch + x_.scratch());
  } else {
    convolve_turned(group, scratch + x_.scratch());
  }
}

void DirectConvolution::convolve_turned(const BackwardGroup& group, float* scratch) const {
  const Conv2dShape& s = shape_;
  convolve_image({.x = dy_.make(group.dy, scratch),
                  .x_row = dy_.row(),
                  .x_pixel = s.out_channels,
                  .taps = dy_taps_,
                  .w = group.turned_filter,
                  .bias = nullptr,
                  .y = group.dx,
                  .height = s.in_height,
                  .width = s.in_width,
                  .channels = s.in_channels},
                 Activation::linear, pieces_);
}

void DirectConvolution::scatter(const BackwardGroup& group, float* scratch) const {
  const Conv2dShape& s = shape_;
  const Kernels& k = kernels();
  const int out_width = s.out_width(), out_height = s.out_height(), n = bands();
  const std::ptrdiff_t row = static_cast<std::ptrdiff_t>(s.in_width) * s.in_channels;
  const std::ptrdiff_t packed_row = turned_filter_floats() / s.kernel_height;
  // Every band has rows of dx of its own, so that they do not meet.
  pieces_.each(n, [&](std::int64_t band) {
    const Range rows = part(s.in_height, n, band);
    float* const spread = scratch + band * spread_floats() * out_width;  // [out_width, spread]
    std::memset(group.dx + rows.begin * row, 0, rows.size() * row * sizeof(float));
    for (int i = 0; i < s.kernel_height; ++i) {
      for (std::int64_t r = rows.begin; r < rows.end; ++r) {
        const std::int64_t from =
            r + s.pad_top() - static_cast<std::int64_t>(i) * s.dilation_height;
        if (from < 0 || from % s.stride_height != 0 || from / s.stride_height >= out_height)
          continue;
        k.inner_product({.x = group.dy + from / s.stride_height * out_width * s.out_channels,
                         .x_stride = s.out_channels,
                         .taps = {.length = s.out_channels},
                         .w = group.turned_filter + i * packed_row,
                         .w_panel = static_cast<std::ptrdiff_t>(s.out_channels) * k.panel,
                         .bias = nullptr,
                         .accumulate = false,
                         .y = spread,
                         .y_stride = spread_floats(),
                         .rows = out_width,
                         .columns = s.kernel_width * s.in_channels});
        add_row(spread, group.dx + r * row);
      }
    }
  });
}

void DirectConvolution::add_row(const float* spread, float* dx) const {
  const Conv2dShape& s = shape_;
  const Kernels& k = kernels();
  const int out_width = s.out_width();
  // Pixels of a kernel row that lie side by side in dx are added as one.
  const int run = s.dilation_width == 1 ? s.kernel_width : 1;
  for (int w = 0; w < out_width; ++w, spread += spread_floats()) {
    const std::int64_t left = static_cast<std::int64_t>(w) * s.stride_width - s.pad_left();
    for (int j = 0; j < s.kernel_width; j += run) {
      const std::int64_t column = left + static_cast<std::int64_t>(j) * s.dilation_width;
      const std::int64_t begin = std::max<std::int64_t>(column, 0);
      const std::int64_t end = std::min<std::int64_t>(column + run, s.in_width);
      if (begin >= end) continue;
      k.add_rows(spread + (j + begin - column) * s.in_channels, 1,
                 static_cast<int>(end - begin) * s.in_channels, dx + begin * s.in_channels);
    }
  }
}

void DirectConvolution::backward_filter(const BackwardGroup& group, const float* x) const {
  const Conv2dShape& s = shape_;
  const Kernels& k = kernels();
  const int n = s.out_channels, width = s.out_width(), height = s.out_height();
  const int runs = x_taps_.outer * x_taps_.inner;
  // Rows of pixels that stay in the first cache while the tiles pass over them.
  const int rows = std::clamp(64 / width, 1, height);
  // Pieces: a run of taps by a range of channels.
  const int panels = static_cast<int>(divide_up(n, 2 * k.panel)), ranges = pieces_.count(panels);
  pieces_.each(static_cast<std::int64_t>(runs) * ranges, [&](std::int64_t piece) {
    const int run = static_cast<int>(piece / ranges);
    const Range range = part(panels, ranges, piece % ranges);
    const int c = static_cast<int>(range.begin) * 2 * k.panel;
    const float* const from =
        x + run / x_taps_.inner * x_taps_.outer_stride + run % x_taps_.inner * x_taps_.inner_stride;
    for (int h = 0; h < height; h += rows) {
      k.outer_product(
          {.x = from + h * s.stride_height * x_.row(),
           .x_row = s.stride_height * x_.row(),
           .x_pixel = static_cast<std::ptrdiff_t>(s.stride_width) * s.in_channels,
           .dy = group.dy + static_cast<std::ptrdiff_t>(h) * width * n + c,
           .dy_row = static_cast<std::ptrdiff_t>(width) * n,
           .dy_pixel = n,
           .height = std::min(rows, height - h),
           .width = width,
           .accumulate = group.accumulate || h > 0,
           .dw = group.gradient + static_cast<std::ptrdiff_t>(run) * x_taps_.length * n + c,
           .dw_stride = n,
           .rows = x_taps_.length,
           .columns = std::min(n, static_cast<int>(range.end) * 2 * k.panel) - c});
    }
  });
}

void DirectConvolution::finish_filter(ThreadPool& pool, const float* sums, int parts,
                                      std::size_t part_stride, float* dw) const {
  constexpr std::int64_t block = 4096;
  const std::size_t n = gradient_floats();
  pool.parallel_for(divide_up(static_cast<std::int64_t>(n), block), [&](std::int64_t i, int) {
    const std::size_t begin = static_cast<std::size_t>(i * block);
    kernels().sum_parts(sums + begin, parts, part_stride, dw + begin,
                        std::min<std::size_t>(block, n - begin));
  });
}

}  // namespace trialforge::cpu
