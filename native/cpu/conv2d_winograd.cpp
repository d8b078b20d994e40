#include "cpu/conv2d_winograd.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "cpu/partition.h"

namespace trialforge::cpu {
namespace {

constexpr int kPositions = kWinogradPoints * kWinogradPoints;

int round_up(int n, int to) { return (n + to - 1) / to * to; }

/** Floats between two tiles of a position: whole vectors, and no multiple of 4 KiB, whose addresses
 * would share one cache set. */
int tile_floats(int channels) {
  const int width = kernels().width, n = round_up(channels, width);
  return n % 1024 == 0 ? n + width : n;
}

int tile_side(const Conv2dShape& s) { return kWinogradPoints + 1 - s.kernel_height; }

/**
 * to[position, panel, k, c] = the transformed filter at row k and column panel * width + c, from
 * w[tap, k, column]; zeros behind the last column.
 */
void pack_transformed(ThreadPool& pool, int kernel, int rows, int columns, const float* w,
                      float* to) {
  const Kernels& k = kernels();
  const std::ptrdiff_t tap = static_cast<std::ptrdiff_t>(rows) * columns;
  const int panels = static_cast<int>(divide_up(columns, k.panel));
  const std::ptrdiff_t position = static_cast<std::ptrdiff_t>(panels) * rows * k.panel;
  const int blocks = static_cast<int>(divide_up(rows, 16));
  pool.parallel_for(static_cast<std::int64_t>(panels) * blocks, [&](std::int64_t task, int) {
    const std::int64_t panel = task / blocks;
    const Range range = part(rows, blocks, task % blocks);
    for (std::int64_t row = range.begin; row < range.end; ++row) {
      for (int v = 0; v < k.panel; v += k.width) {
        const int column = static_cast<int>(panel) * k.panel + v;
        const int count = std::clamp(columns - column, 0, k.width);
        k.winograd_filter(kernel, w + row * columns + (count > 0 ? column : 0), tap, count,
                          to + (panel * rows + row) * k.panel + v, position);
      }
    }
  });
}

/** The part of a tile at `begin`, `side` pixels long, that lies in [0, size). */
void clip(int begin, int side, int size, int& first, int& last) {
  first = std::clamp(-begin, 0, side);
  last = std::clamp(size - begin, 0, side);
}

}  // namespace

bool WinogradConvolution::suits(const Conv2dShape& s) noexcept {
  if (s.kernel_height != s.kernel_width || (s.kernel_height != 3 && s.kernel_height != 5) ||
      s.stride_height != 1 || s.stride_width != 1 || s.dilation_height != 1 ||
      s.dilation_width != 1) {
    return false;
  }
  const int width = kernels().width, side = tile_side(s);
  if (s.in_channels < std::min(8, width) || s.out_channels < std::min(8, width)) return false;
  const double tiles =
      static_cast<double>(divide_up(s.out_height(), side)) * divide_up(s.out_width(), side);
  const double direct =
      static_cast<double>(s.out_height()) * s.out_width() * s.kernel_height * s.kernel_width;
  // The transforms cost about half as much again, and the filter's must be worth it.
  return 1.5 * kPositions * tiles < direct && tiles * s.batch >= 32;
}

WinogradConvolution::WinogradConvolution(const Conv2dShape& shape, const Pieces& pieces)
    : shape_(shape),
      pieces_(pieces),
      kernel_(shape.kernel_height),
      tile_(tile_side(shape)),
      out_height_(shape.out_height()),
      out_width_(shape.out_width()),
      tiles_high_(static_cast<int>(divide_up(out_height_, tile_))),
      tiles_wide_(static_cast<int>(divide_up(out_width_, tile_))),
      x_row_(tile_floats(shape.in_channels)),
      y_row_(tile_floats(shape.out_channels)) {
  // A block's tiles stay in the second cache; below two register tiles of them the products slow
  // down.
  const std::int64_t floats = pieces.count(16) * (std::int64_t{3} << 16);
  const std::int64_t image = static_cast<std::int64_t>(tiles_high_) * tiles_wide_;
  const std::int64_t least = 2 * kernels().max_rows;
  const std::int64_t most =
      std::max(least, floats / (kPositions * (static_cast<std::int64_t>(x_row_) + y_row_)));
  const bool together = pieces.count(2) > 1;
  const std::int64_t images =
      together ? shape.batch
               : std::max<std::int64_t>(image < least ? divide_up(least, image) : 1, most / image);
  group_images_ = static_cast<int>(std::clamp<std::int64_t>(images, 1, std::max(shape.batch, 1)));
  const std::int64_t tiles = image * group_images_;
  // Blocks of nearly equal size.
  block_ = static_cast<int>(divide_up(tiles, divide_up(tiles, most)));
}

std::size_t WinogradConvolution::filter_floats() const noexcept {
  return static_cast<std::size_t>(kPositions) * shape_.in_channels *
         round_up(shape_.out_channels, kernels().panel);
}

std::size_t WinogradConvolution::turned_filter_floats() const noexcept {
  // The transposed filter lies behind the packed one while that is made.
  return static_cast<std::size_t>(kPositions) * shape_.out_channels *
             round_up(shape_.in_channels, kernels().panel) +
         shape_.w_size();
}

std::size_t WinogradConvolution::gradient_floats() const noexcept {
  return static_cast<std::size_t>(kPositions) * shape_.in_channels * shape_.out_channels;
}

std::size_t WinogradConvolution::forward_scratch() const noexcept {
  return static_cast<std::size_t>(kPositions) * block_ * (x_row_ + y_row_);
}

void WinogradConvolution::pack_filter(ThreadPool& pool, const float* w, float* packed) const {
  pack_transformed(pool, kernel_, shape_.in_channels, shape_.out_channels, w, packed);
}

void WinogradConvolution::pack_turned_filter(ThreadPool& pool, const float* w,
                                             float* packed) const {
  const int in = shape_.in_channels, out = shape_.out_channels;
  float* const transposed = packed + (turned_filter_floats() - shape_.w_size());
  const int blocks = static_cast<int>(divide_up(out, 16));
  pool.parallel_for(
      static_cast<std::int64_t>(kernel_) * kernel_ * blocks, [&](std::int64_t task, int) {
        const std::ptrdiff_t tap = task / blocks * in * out;
        const Range range = part(out, blocks, task % blocks);
        for (int i = 0; i < in; ++i) {
          for (std::int64_t o = range.begin; o < range.end; ++o) {
            transposed[tap + o * in + i] = w[tap + i * static_cast<std::ptrdiff_t>(out) + o];
          }
        }
      });
  pack_transformed(pool, kernel_, out, in, transposed, packed);
}

TilePixels WinogradConvolution::input_tile(std::int64_t index) const {
  const std::int64_t in_image = static_cast<std::int64_t>(tiles_high_) * tiles_wide_;
  const std::int64_t image = index / in_image, rest = index % in_image;
  const int top = static_cast<int>(rest / tiles_wide_) * tile_ - shape_.pad_top();
  const int left = static_cast<int>(rest % tiles_wide_) * tile_ - shape_.pad_left();
  TilePixels pixels;
  pixels.pixel = shape_.in_channels;
  pixels.row = pixels.pixel * shape_.in_width;
  pixels.origin = (image * shape_.in_height + top) * pixels.row + left * pixels.pixel;
  clip(top, kWinogradPoints, shape_.in_height, pixels.row_begin, pixels.row_end);
  clip(left, kWinogradPoints, shape_.in_width, pixels.column_begin, pixels.column_end);
  return pixels;
}

TilePixels WinogradConvolution::output_tile(std::int64_t index) const {
  const std::int64_t in_image = static_cast<std::int64_t>(tiles_high_) * tiles_wide_;
  const std::int64_t image = index / in_image, rest = index % in_image;
  const int top = static_cast<int>(rest / tiles_wide_) * tile_;
  const int left = static_cast<int>(rest % tiles_wide_) * tile_;
  TilePixels pixels;
  pixels.pixel = shape_.out_channels;
  pixels.row = pixels.pixel * out_width_;
  pixels.origin = (image * out_height_ + top) * pixels.row + left * pixels.pixel;
  clip(top, tile_, out_height_, pixels.row_begin, pixels.row_end);
  clip(left, tile_, out_width_, pixels.column_begin, pixels.column_end);
  return pixels;
}

void WinogradConvolution::forward(const ForwardGroup& group, float* scratch) const {
  const Kernels& k = kernels();
  const int in = shape_.in_channels, out = shape_.out_channels;
  const std::ptrdiff_t filter_position = filter_floats() / kPositions;
  const std::int64_t total = static_cast<std::int64_t>(group.images) * tiles_high_ * tiles_wide_;
  const bool relu = group.activation == Activation::relu;
  const float lowest = relu ? 0 : -std::numeric_limits<float>::infinity();
  for (std::int64_t begin = 0; begin < total; begin += block_) {
    const int tiles = static_cast<int>(std::min<std::int64_t>(block_, total - begin));
    const std::ptrdiff_t x_position = static_cast<std::ptrdiff_t>(tiles) * x_row_;
    const std::ptrdiff_t y_position = static_cast<std::ptrdiff_t>(tiles) * y_row_;
    float* const v = scratch;                            // [position, tiles, x_row]
    float* const m = scratch + kPositions * x_position;  // [position, tiles, y_row]
    pieces_.each(tiles, [&](std::int64_t t) {
      k.winograd_input(input_tile(begin + t), group.x, in, v + t * x_row_, x_position);
    });
    pieces_.each(kPositions, [&](std::int64_t position) {
      k.inner_product(
          {.x = v + position * x_position,
           .x_stride = x_row_,
           .taps = {.length = in},
           .w = group.filter + position * filter_position,
           .w_panel = static_cast<std::ptrdiff_t>(in) * k.panel,
           .bias = nullptr,
           .accumulate = false,
           .y = m + position * y_position,
           .y_stride = y_row_,
           .rows = tiles,
           .columns = out,
           .ahead = group.ahead.slice(total, begin, tiles).slice(kPositions, position, 1)});
    });
    pieces_.each(tiles, [&](std::int64_t t) {
      k.winograd_output(kernel_, m + t * y_row_, y_position, output_tile(begin + t), out,
                        group.bias, lowest, group.y);
    });
  }
  if (relu || group.activation == Activation::linear) return;
  const std::int64_t rows = static_cast<std::int64_t>(group.images) * out_height_;
  const std::size_t row = static_cast<std::size_t>(out_width_) * out;
  pieces_.each(rows, [&](std::int64_t i) {
    k.activation_forward(group.activation, group.y + i * row, group.y + i * row, row);
  });
}

void WinogradConvolution::backward(const BackwardGroup& group, float* scratch) const {
  const Kernels& k = kernels();
  const int in = shape_.in_channels, out = shape_.out_channels;
  const std::ptrdiff_t filter_position = static_cast<std::ptrdiff_t>(out) * round_up(in, k.panel);
  const std::int64_t total = static_cast<std::int64_t>(group.images) * tiles_high_ * tiles_wide_;
  if (group.turned_filter != nullptr) {
    const std::size_t image =
        static_cast<std::size_t>(shape_.in_height) * shape_.in_width * in * sizeof(float);
    std::memset(group.dx, 0, group.images * image);
  }
  for (std::int64_t begin = 0; begin < total; begin += block_) {
    const int tiles = static_cast<int>(std::min<std::int64_t>(block_, total - begin));
    const std::ptrdiff_t x_position = static_cast<std::ptrdiff_t>(tiles) * x_row_;
    const std::ptrdiff_t y_position = static_cast<std::ptrdiff_t>(tiles) * y_row_;
    float* const v = scratch;                             // [position, tiles, x_row]
    float* const dm = scratch + kPositions * x_position;  // [position, tiles, y_row]
    pieces_.each(tiles, [&](std::int64_t t) {
      k.winograd_output_gradient(kernel_, output_tile(begin + t), group.dy, out, dm + t * y_row_,
                                 y_position);
      if (group.gradient != nullptr) {
        k.winograd_input(input_tile(begin + t), group.x, in, v + t * x_row_, x_position);
      }
    });
    if (group.gradient != nullptr) {
      const bool accumulate = group.accumulate || begin > 0;
      pieces_.each(kPositions, [&](std::int64_t position) {
        k.outer_product(
            {.x = v + position * x_position,
             .x_row = 0,
             .x_pixel = x_row_,
             .dy = dm + position * y_position,
             .dy_row = 0,
             .dy_pixel = y_row_,
             .height = 1,
             .width = tiles,
             .accumulate = accumulate,
             .dw = group.gradient + position * in * out,
             .dw_stride = out,
             .rows = in,
             .columns = out,
             .ahead = group.ahead.slice(total, begin, tiles).slice(kPositions, position, 1)});
      });
    }
    if (group.turned_filter == nullptr) continue;
    pieces_.each(kPositions, [&](std::int64_t position) {
      k.inner_product({.x = dm + position * y_position,
                       .x_stride = y_row_,
                       .taps = {.length = out},
                       .w = group.turned_filter + position * filter_position,
                       .w_panel = static_cast<std::ptrdiff_t>(out) * k.panel,
                       .bias = nullptr,
                       .accumulate = false,
                       .y = v + position * x_position,
                       .y_stride = x_row_,
                       .rows = tiles,
                       .columns = in});
    });
    // Neighbouring tiles add to the same pixels, so the pieces are ranges of channels.
    const int vectors = static_cast<int>(divide_up(in, k.width)), n = pieces_.count(vectors);
    pieces_.each(n, [&](std::int64_t piece) {
      const Range range = part(vectors, n, piece);
      const int first = static_cast<int>(range.begin) * k.width;
      const int channels = std::min(in, static_cast<int>(range.end) * k.width) - first;
      for (int t = 0; t < tiles; ++t) {
        k.winograd_input_gradient(v + t * static_cast<std::ptrdiff_t>(x_row_) + first, x_position,
                                  input_tile(begin + t), channels, group.dx + first);
      }
    });
  }
}

void WinogradConvolution::finish_filter(ThreadPool& pool, const float* sums, int parts,
                                        std::size_t part_stride, float* dw) const {
  const std::int64_t position = static_cast<std::int64_t>(shape_.in_channels) * shape_.out_channels;
  const Kernels& k = kernels();
  constexpr std::int64_t block = 512;
  pool.parallel_for(divide_up(position, block), [&](std::int64_t task, int) {
    const std::int64_t end = std::min(position, (task + 1) * block);
    for (std::int64_t i = task * block; i < end; i += k.width) {
      k.winograd_filter_gradient(
          kernel_, sums + i, parts, static_cast<std::ptrdiff_t>(part_stride), position,
          static_cast<int>(std::min<std::int64_t>(k.width, end - i)), dw + i, position);
    }
  });
}

}  // namespace trialforge::cpu
