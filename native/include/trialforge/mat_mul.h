// Products of matrices, one or a batch of them.
#pragma once

#include <span>

#include "trialforge/activation.h"
#include "trialforge/device.h"
#include "trialforge/precision.h"

namespace trialforge {

/** All sizes of y[i] = a[i] b[i]. Passed by value; validated once at the entry. */
struct MatMulShape {
  int batch_a = 1, batch_b = 1;  // equal, or one of them 1: that matrix takes part in every product
  int m = 1, k = 1, n = 1;       // y is [m, n], the sum runs over k
  bool transpose_a = false;      // a is [k, m] in memory, else [m, k]
  bool transpose_b = false;      // b is [n, k] in memory, else [k, n]

  int batch() const noexcept { return batch_a == 1 ? batch_b : batch_a; }
  std::size_t a_size() const noexcept;
  std::size_t b_size() const noexcept;
  std::size_t y_size() const noexcept;  // [batch, m, n]

  /** Throws ErrorCode::invalid_argument for sizes below 0, batches that differ, or tensors of 2^31
   * elements and more. */
  void validate() const;
};

/** y = activation(a b + bias). `bias` has n elements or is empty. */
void mat_mul(const Device& device, const MatMulShape& shape, std::span<const float> a,
             std::span<const float> b, std::span<const float> bias, Activation activation,
             std::span<float> y, Precision precision = Precision::float32);

}  // namespace trialforge
