// Depthwise convolution: each channel by filters of its own, NHWC, filters as [height, width, in,
// multiplier].
#pragma once

#include <cstddef>
#include <span>

#include "trialforge/conv2d.h"
#include "trialforge/device.h"

namespace trialforge {

/** All sizes of one depthwise convolution. */
struct DepthwiseConv2dShape {
  int batch = 1;
  int in_height = 1, in_width = 1, in_channels = 1;
  int kernel_height = 1, kernel_width = 1;
  int multiplier =
      1;  // outputs of a channel: channel c makes [c * multiplier, (c + 1) * multiplier)
  int stride_height = 1, stride_width = 1;
  int dilation_height = 1, dilation_width = 1;
  Padding padding = Padding::valid;

  int out_height() const noexcept;
  int out_width() const noexcept;
  int out_channels() const noexcept { return in_channels * multiplier; }
  int pad_top() const noexcept;
  int pad_left() const noexcept;

  std::size_t x_size() const noexcept;  // [batch, in_height, in_width, in_channels]
  std::size_t w_size() const noexcept;  // [kernel_height, kernel_width, in_channels, multiplier]
  std::size_t y_size() const noexcept;  // [batch, out_height, out_width, out_channels]

  /** As Conv2dShape::validate. */
  void validate() const;
};

/** y[b, h, w, c * multiplier + m] = sum over the kernel of x[.., c] * w[.., c, m]. */
void depthwise_conv2d_forward(const Device& device, const DepthwiseConv2dShape& shape,
                              std::span<const float> x, std::span<const float> w,
                              std::span<float> y);

/** dx, the gradient with respect to x. */
void depthwise_conv2d_backward_input(const Device& device, const DepthwiseConv2dShape& shape,
                                     std::span<const float> dy, std::span<const float> w,
                                     std::span<float> dx);

/** dw, the gradient with respect to w. */
void depthwise_conv2d_backward_filter(const Device& device, const DepthwiseConv2dShape& shape,
                                      std::span<const float> x, std::span<const float> dy,
                                      std::span<float> dw);

}  // namespace trialforge
