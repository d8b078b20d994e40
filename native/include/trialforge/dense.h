// Fully connected layer: y = activation(x w + bias).
#pragma once

#include <span>

#include "trialforge/activation.h"
#include "trialforge/device.h"
#include "trialforge/precision.h"

namespace trialforge {

struct DenseShape {
  int batch = 1;
  int in_features = 1;
  int out_features = 1;

  std::size_t x_size() const noexcept;  // [batch, in_features]
  std::size_t w_size() const noexcept;  // [in_features, out_features]
  std::size_t y_size() const noexcept;  // [batch, out_features]

  /** Throws ErrorCode::invalid_argument for sizes below 1 (batch below 0) or too large. */
  void validate() const;
};

/** `bias` has out_features elements or is empty. */
void dense_forward(const Device& device, const DenseShape& shape, std::span<const float> x,
                   std::span<const float> w, std::span<const float> bias, Activation activation,
                   std::span<float> y, Precision precision = Precision::float32);

/** dx = dy w^T, from dy before the activation. */
void dense_backward_input(const Device& device, const DenseShape& shape, std::span<const float> dy,
                          std::span<const float> w, std::span<float> dx,
                          Precision precision = Precision::float32);

/** dw = x^T dy and, unless empty, dbias = sum of dy over the batch. */
void dense_backward_weights(const Device& device, const DenseShape& shape, std::span<const float> x,
                            std::span<const float> dy, std::span<float> dw, std::span<float> dbias,
                            Precision precision = Precision::float32);

}  // namespace trialforge
