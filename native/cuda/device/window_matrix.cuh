// The operands of a convolution as matrices that are never stored, and how a block's threads read
// them in pieces of four elements. A plain matrix is the convolution of 1x1 images by one tap.
#pragma once

#include <climits>
#include <cstddef>

#include "cuda/device/divisor.cuh"

namespace trialforge::cuda::device {

/** Along one axis a pixel o sees through tap i position (o * stride + offset + i * step) / division
 * of the image, if that is an integer. */
struct WindowMap {
  int size = 1;  // of the image
  Divisor pixels;
  int stride = 1, offset = 0, step = 0;
  Divisor division;
};

/**
 * The matrix [pixels, depth] of what every pixel sees of its image: column (tap, channel), where
 * the channels are filled up with zeros to a multiple of four.
 */
struct WindowMatrix {
  const float* data = nullptr;
  std::size_t batch_stride = 0;  // from one problem of a launch to the next
  unsigned pixels = 0;
  int taps = 1, channels = 1;
  Divisor padded_channels, kernel_width;
  WindowMap rows, columns;
  int image_stride = 0, channel_stride = 1;  // elements
  bool is_divided = false;                   // a division is not 1
  bool in_windows = false;  // the pixels of a 2x2 window follow one another (row, column, 2x2)
  bool is_vector = false;   // every piece is 16 aligned bytes

  __host__ __device__ unsigned depth() const {
    return static_cast<unsigned>(taps) * padded_channels.value;
  }
};

/** The right operand, [depth or pixels, n] in memory, or, for each tap, [n, channels]. */
struct RightMatrix {
  const float* data = nullptr;
  std::size_t batch_stride = 0;
  int n = 1;
  bool is_vector = false;
};

/** Where four elements are, `stride` apart, and how many of them exist; the rest are zeros. */
struct Piece {
  const float* from;
  int count;
};

/** Which pieces of a SharedTile the thread copies: those of one column, in every step-th line. */
template <typename Shared, int threads>
struct PiecesOfThread {
  static constexpr int in_line = Shared::length / 4;
  static constexpr int step = threads / in_line;
  static constexpr int count = Shared::lines / step;
  static_assert(threads % in_line == 0 && Shared::lines % step == 0);

  __device__ static int line(int j) { return static_cast<int>(threadIdx.x) / in_line + j * step; }
  __device__ static int column() { return static_cast<int>(threadIdx.x) % in_line * 4; }
  __device__ static int offset(int j) { return line(j) * Shared::stride + column(); }
};

struct Pixel {
  unsigned image, row, column;
};

__device__ __forceinline__ Pixel pixel_of(const WindowMatrix& x, unsigned number) {
  if (x.in_windows) {
    const unsigned window = number / 4, half_width = x.columns.pixels.value;
    const unsigned row = x.columns.pixels.quotient(window);
    const unsigned image = x.rows.pixels.quotient(row);
    return {image, 2 * (row - image * x.rows.pixels.value) + number / 2 % 2,
            2 * (window - row * half_width) + number % 2};
  }
  const unsigned row = x.columns.pixels.quotient(number);
  const unsigned image = x.rows.pixels.quotient(row);
  return {image, row - image * x.rows.pixels.value, number - row * x.columns.pixels.value};
}

__device__ __forceinline__ int at_most_four(int n) { return n < 4 ? n : 4; }

/** Where an element is in `data` of x, if it is in its image; numbers below 2^31 then. */
__device__ __forceinline__ unsigned offset_in(const WindowMatrix& x, unsigned image_offset, int row,
                                              int column, int channel) {
  return image_offset +
         (static_cast<unsigned>(row) * static_cast<unsigned>(x.columns.size) +
          static_cast<unsigned>(column)) *
             static_cast<unsigned>(x.channels) +
         static_cast<unsigned>(channel) * static_cast<unsigned>(x.channel_stride);
}

__device__ __forceinline__ bool is_inside(const WindowMatrix& x, int row, int column) {
  return static_cast<unsigned>(row) < static_cast<unsigned>(x.rows.size) &&
         static_cast<unsigned>(column) < static_cast<unsigned>(x.columns.size);
}

/** Four columns of a WindowMatrix. */
struct Tap {
  int channel, row_step, column_step;
  int count;  // of the four, how many exist
  unsigned number;

  __device__ __forceinline__ Tap(const WindowMatrix& x, unsigned column) {
    number = x.padded_channels.quotient(column);
    channel = static_cast<int>(column - number * x.padded_channels.value);
    const unsigned row = x.kernel_width.quotient(number);
    const bool exists = number < static_cast<unsigned>(x.taps);
    row_step = exists ? static_cast<int>(row) * x.rows.step : 0;
    column_step =
        exists ? static_cast<int>(number - row * x.kernel_width.value) * x.columns.step : 0;
    count = exists ? at_most_four(x.channels - channel) : 0;
  }
};

/** Elements of a deep tile of the left operand: pixels [first, first + lines), any columns. */
template <typename Shared, int threads>
class PixelLines {
 public:
  using Pieces = PiecesOfThread<Shared, threads>;

  __device__ __forceinline__ PixelLines(const WindowMatrix& x, const float* data, unsigned first)
      : x_(x), data_(data) {
#pragma unroll
    for (int j = 0; j < Pieces::count; ++j) {
      const unsigned number = first + Pieces::line(j);
      // Outside of the image through every tap.
      image_[j] = 0;
      row_[j] = x.rows.step < 0 ? -1 : INT_MIN;
      column_[j] = 0;
      if (number >= x.pixels) continue;
      const Pixel pixel = pixel_of(x, number);
      image_[j] = pixel.image * static_cast<unsigned>(x.image_stride);
      row_[j] = static_cast<int>(pixel.row) * x.rows.stride + x.rows.offset;
      column_[j] = static_cast<int>(pixel.column) * x.columns.stride + x.columns.offset;
    }
  }

  __device__ __forceinline__ int piece_stride() const { return x_.channel_stride; }
  __device__ __forceinline__ bool is_vector() const { return x_.is_vector; }

  /** visit(j, piece) for the thread's pieces of the tile whose columns begin at k. */
  template <typename Visit>
  __device__ __forceinline__ void for_each(unsigned k, Visit visit) const {
    const Tap tap(x_, k + Pieces::column());
#pragma unroll
    for (int j = 0; j < Pieces::count; ++j) {
      int row = row_[j] + tap.row_step, column = column_[j] + tap.column_step;
      bool exists = tap.count > 0;
      if (x_.is_divided) {
        exists = exists && divide(row, x_.rows.division) && divide(column, x_.columns.division);
      }
      exists = exists && is_inside(x_, row, column);
      const unsigned offset = offset_in(x_, image_[j], row, column, tap.channel);
      visit(j, Piece{data_ + (exists ? offset : 0u), exists ? tap.count : 0});
    }
  }

 private:
  __device__ static bool divide(int& position, const Divisor& division) {
    if (position < 0) return false;
    const unsigned quotient = division.quotient(position);
    const bool is_exact = quotient * division.value == static_cast<unsigned>(position);
    position = static_cast<int>(quotient);
    return is_exact;
  }

  const WindowMatrix& x_;
  const float* data_;
  unsigned image_[Pieces::count];
  int row_[Pieces::count], column_[Pieces::count];
};

/** Elements of a tile across k of the left operand's transpose: columns from `first`, any pixels.
 */
template <typename Shared, int threads>
class PixelColumns {
 public:
  using Pieces = PiecesOfThread<Shared, threads>;

  __device__ __forceinline__ PixelColumns(const WindowMatrix& x, const float* data, unsigned first)
      : x_(x), data_(data), tap_(x, first + Pieces::column()) {}

  __device__ __forceinline__ int piece_stride() const { return x_.channel_stride; }
  __device__ __forceinline__ bool is_vector() const { return x_.is_vector; }

  template <typename Visit>
  __device__ __forceinline__ void for_each(unsigned k, Visit visit) const {
#pragma unroll
    for (int j = 0; j < Pieces::count; ++j) {
      const unsigned number = k + Pieces::line(j);
      const Pixel pixel = pixel_of(x_, number < x_.pixels ? number : 0);
      const int row = static_cast<int>(pixel.row) * x_.rows.stride + x_.rows.offset + tap_.row_step;
      const int column =
          static_cast<int>(pixel.column) * x_.columns.stride + x_.columns.offset + tap_.column_step;
      const bool exists = number < x_.pixels && tap_.count > 0 && is_inside(x_, row, column);
      const unsigned offset = offset_in(x_, pixel.image * static_cast<unsigned>(x_.image_stride),
                                        row, column, tap_.channel);
      visit(j, Piece{data_ + (exists ? offset : 0u), exists ? tap_.count : 0});
    }
  }

 private:
  const WindowMatrix& x_;
  const float* data_;
  Tap tap_;
};

/** Elements of a tile across k of a right operand [rows, n]: columns from `first`. */
template <typename Shared, int threads, bool rows_are_pixels>
class RightRows {
 public:
  using Pieces = PiecesOfThread<Shared, threads>;

  __device__ __forceinline__ RightRows(const RightMatrix& w, const WindowMatrix& x,
                                       const float* data, unsigned first)
      : w_(w), x_(x), data_(data), column_(first + Pieces::column()) {
    const unsigned n = static_cast<unsigned>(w.n);
    count_ = column_ < n ? at_most_four(static_cast<int>(n - column_)) : 0;
  }

  __device__ __forceinline__ int piece_stride() const { return 1; }
  __device__ __forceinline__ bool is_vector() const { return w_.is_vector; }

  template <typename Visit>
  __device__ __forceinline__ void for_each(unsigned k, Visit visit) const {
#pragma unroll
    for (int j = 0; j < Pieces::count; ++j) {
      unsigned row = k + Pieces::line(j);
      bool exists = count_ > 0;
      if constexpr (rows_are_pixels) {
        exists = exists && row < x_.pixels;
      } else {
        const unsigned tap = x_.padded_channels.quotient(row);
        const unsigned channel = row - tap * x_.padded_channels.value;
        exists = exists && tap < static_cast<unsigned>(x_.taps) &&
                 channel < static_cast<unsigned>(x_.channels);
        row = tap * static_cast<unsigned>(x_.channels) + channel;
      }
      const unsigned offset = row * static_cast<unsigned>(w_.n) + column_;
      visit(j, Piece{data_ + (exists ? offset : 0u), exists ? count_ : 0});
    }
  }

 private:
  const RightMatrix& w_;
  const WindowMatrix& x_;
  const float* data_;
  unsigned column_;
  int count_;
};

/** Elements of a deep tile of a right operand [n, channels] a tap: its columns from `first`. */
template <typename Shared, int threads>
class RightColumns {
 public:
  using Pieces = PiecesOfThread<Shared, threads>;

  __device__ __forceinline__ RightColumns(const RightMatrix& w, const WindowMatrix& x,
                                          const float* data, unsigned first)
      : w_(w), x_(x), data_(data), first_(first) {}

  __device__ __forceinline__ int piece_stride() const { return 1; }
  __device__ __forceinline__ bool is_vector() const { return w_.is_vector; }

  template <typename Visit>
  __device__ __forceinline__ void for_each(unsigned k, Visit visit) const {
    const Tap tap(x_, k + Pieces::column());
#pragma unroll
    for (int j = 0; j < Pieces::count; ++j) {
      const unsigned n = first_ + Pieces::line(j);
      const bool exists = tap.count > 0 && n < static_cast<unsigned>(w_.n);
      const unsigned offset =
          (tap.number * static_cast<unsigned>(w_.n) + n) * static_cast<unsigned>(x_.channels) +
          static_cast<unsigned>(tap.channel);
      visit(j, Piece{data_ + (exists ? offset : 0u), exists ? tap.count : 0});
    }
  }

 private:
  const RightMatrix& w_;
  const WindowMatrix& x_;
  const float* data_;
  unsigned first_;
};

}  // namespace trialforge::cuda::device
