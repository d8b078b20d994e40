// Max and average pooling, NHWC.
#pragma once

#include <cstdint>
#include <span>

#include "trialforge/conv2d.h"
#include "trialforge/device.h"

namespace trialforge {

enum class PoolKind { max, average };

/** All sizes of one pooling. Passed by value; validated once at the entry of each operation. */
struct Pool2dShape {
  int batch = 1;
  int in_height = 1, in_width = 1, channels = 1;
  int pool_height = 1, pool_width = 1;
  int stride_height = 1, stride_width = 1;
  Padding padding = Padding::valid;
  bool skip_nan =
      false;  // of max pooling: NaN is no number to compare with, rather than the largest

  int out_height() const noexcept;
  int out_width() const noexcept;
  int pad_top() const noexcept;
  int pad_left() const noexcept;

  std::size_t x_size() const noexcept;  // [batch, in_height, in_width, channels]
  std::size_t y_size() const noexcept;  // [batch, out_height, out_width, channels]

  /** As Conv2dShape::validate. */
  void validate() const;
};

/**
 * Largest element of each window. argmax, unless empty, is its position in the image, as
 * (row * in_width + column) * channels + channel; the first of equal ones. NaN
 * wins, or with skip_nan only where there is nothing else.
 */
void max_pool2d_forward(const Device& device, const Pool2dShape& shape, std::span<const float> x,
                        std::span<float> y, std::span<std::int32_t> argmax /* like y, or empty */);

/**
 * dx[argmax] += dy; every other element is 0. `argmax` is what max_pool2d_forward gave: the CPU
 * refuses a position outside of the image, on CUDA one outside of its window adds nothing.
 */
void max_pool2d_backward(const Device& device, const Pool2dShape& shape, std::span<const float> dy,
                         std::span<const std::int32_t> argmax, std::span<float> dx);

/** The two above in one, for a caller that kept x and not argmax. */
void max_pool2d_input_gradient(const Device& device, const Pool2dShape& shape,
                               std::span<const float> x, std::span<const float> dy,
                               std::span<float> dx);

/** Mean of each window over the pixels that lie inside the image (padding is not counted). */
void average_pool2d_forward(const Device& device, const Pool2dShape& shape,
                            std::span<const float> x, std::span<float> y);

void average_pool2d_backward(const Device& device, const Pool2dShape& shape,
                             std::span<const float> dy, std::span<float> dx);

}  // namespace trialforge
