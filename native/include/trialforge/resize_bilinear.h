// Bilinear interpolation of images, NHWC, by TensorFlow's rules.
#pragma once

#include <cstddef>
#include <span>

#include "trialforge/device.h"

namespace trialforge {

/**
 * Output pixel i of an axis lies at i * in / out of the input; with align_corners at
 * i * (in - 1) / (out - 1), unless out is 1; with half_pixel_centers at (i + 1/2) * in / out - 1/2.
 */
struct ResizeShape {
  int batch = 1;
  int in_height = 1, in_width = 1, channels = 1;
  int out_height = 1, out_width = 1;
  bool align_corners = false, half_pixel_centers = false;

  std::size_t x_size() const noexcept;  // [batch, in_height, in_width, channels]
  std::size_t y_size() const noexcept;  // [batch, out_height, out_width, channels]

  /** Throws ErrorCode::invalid_argument for sizes below 1 (batch below 0), tensors of 2^31 elements
   * and more, and both options together. */
  void validate() const;
};

void resize_bilinear_forward(const Device& device, const ResizeShape& shape,
                             std::span<const float> x, std::span<float> y);

/** dx, the gradient with respect to x. (TensorFlow.js takes half_pixel_centers as false here.) */
void resize_bilinear_backward(const Device& device, const ResizeShape& shape,
                              std::span<const float> dy, std::span<float> dx);

}  // namespace trialforge
