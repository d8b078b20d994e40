// Two-dimensional convolution (cross-correlation), NHWC, filters as [height, width, in, out].
#pragma once

#include <span>

#include "trialforge/activation.h"
#include "trialforge/device.h"
#include "trialforge/precision.h"

namespace trialforge {

/** 'valid': no padding. 'same': output size ceil(in / stride), the odd pixel of padding at the end.
 */
enum class Padding { valid, same };

/** All sizes of one convolution. Passed by value; validated once at the entry of each operation. */
struct Conv2dShape {
  int batch = 1;
  int in_height = 1, in_width = 1, in_channels = 1;
  int kernel_height = 1, kernel_width = 1, out_channels = 1;
  int stride_height = 1, stride_width = 1;
  int dilation_height = 1, dilation_width = 1;
  Padding padding = Padding::valid;

  int out_height() const noexcept;
  int out_width() const noexcept;
  int pad_top() const noexcept;
  int pad_left() const noexcept;

  std::size_t x_size() const noexcept;  // [batch, in_height, in_width, in_channels]
  std::size_t w_size() const noexcept;  // [kernel_height, kernel_width, in_channels, out_channels]
  std::size_t y_size() const noexcept;  // [batch, out_height, out_width, out_channels]

  /** Throws ErrorCode::invalid_argument for sizes below 1 (batch below 0), a window larger than
   * its input, or tensors of 2^31 elements and more. */
  void validate() const;
};

/**
 * y = activation(x * w + bias). `bias` has out_channels elements or is empty. On CUDA this and the
 * gradients throw ErrorCode::invalid_argument for a kernel whose taps have 2^31 - 256 channels and
 * more in all, those of each tap filled up to a multiple of four.
 */
void conv2d_forward(const Device& device, const Conv2dShape& shape, std::span<const float> x,
                    std::span<const float> w, std::span<const float> bias, Activation activation,
                    std::span<float> y, Precision precision = Precision::float32);

/** dx, the gradient with respect to x, from dy before the activation. */
void conv2d_backward_input(const Device& device, const Conv2dShape& shape,
                           std::span<const float> dy, std::span<const float> w, std::span<float> dx,
                           Precision precision = Precision::float32);

/** dw and, unless empty, dbias = sum of dy over batch and pixels, from dy before the activation. */
void conv2d_backward_filter(const Device& device, const Conv2dShape& shape,
                            std::span<const float> x, std::span<const float> dy,
                            std::span<float> dw, std::span<float> dbias,
                            Precision precision = Precision::float32);

}  // namespace trialforge
