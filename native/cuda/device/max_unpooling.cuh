// The gradient of an image that windows of 2x2 pooled, from that of the windows.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/device/divisor.cuh"
#include "cuda/device/vector.cuh"

namespace trialforge::cuda::device {

/** Windows that are apart; what is in none of them is a last odd row or column. */
struct MaxUnpooling {
  /** [images, rows, columns, channels] of the windows: positions in the image. Null: no pooling. */
  const std::int32_t* argmax = nullptr;
  Divisor rows, columns, channels;
  int height = 0, width = 0;  // of an image

  /**
   * Writes to dx, [images, height, width, channels], what windows [first, first + n) cover, which
   * differ in the channel alone.
   */
  template <int n>
  __device__ __forceinline__ void store(float* dx, unsigned first, const Vector<float, n>& gradient,
                                        const Vector<std::int32_t, n>& position) const {
    const unsigned window = channels.quotient(first);
    const int channel = static_cast<int>(first - window * channels.value);
    const unsigned line = columns.quotient(window);
    const int column = static_cast<int>(window - line * columns.value);
    const unsigned image = rows.quotient(line);
    const int row = static_cast<int>(line - image * rows.value);
    const int image_channels = static_cast<int>(channels.value);
    const int row_end = row + 1 == static_cast<int>(rows.value) ? height : 2 * row + 2;
    const int column_end = column + 1 == static_cast<int>(columns.value) ? width : 2 * column + 2;
    float* const to = dx + static_cast<std::size_t>(image) * height * width * image_channels;
    for (int h = 2 * row; h < row_end; ++h) {
      for (int w = 2 * column; w < column_end; ++w) {
        const int at = (h * width + w) * image_channels + channel;
        Vector<float, n> values;
#pragma unroll
        for (int k = 0; k < n; ++k) {
          values.at[k] = position.at[k] == at + k ? gradient.at[k] : 0.0f;
        }
        device::store<n>(to + at, values);
      }
    }
  }
};

}  // namespace trialforge::cuda::device
