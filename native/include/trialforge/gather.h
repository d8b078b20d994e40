// Rows of a tensor by their index, and the opposite: indices as rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "trialforge/device.h"
#include "trialforge/tensor.h"

namespace trialforge {

/** x is [batch, outer, axis, inner], indices [batch, indices_per_batch]. Any may be 0. */
struct GatherShape {
  int batch = 1, outer = 1, axis = 1, inner = 1;
  int indices_per_batch = 1;

  std::size_t x_size() const noexcept;
  std::size_t indices_size() const noexcept;
  std::size_t y_size() const noexcept;  // [batch, outer, indices_per_batch, inner]

  /** Throws ErrorCode::invalid_argument for negative sizes and 2^31 elements and more. */
  void validate() const;
};

/**
 * y[b, o, k, i] = x[b, o, indices[b, k], i], x and y of the same type. For an index outside of
 * [0, axis) the CPU throws ErrorCode::invalid_argument before anything is written; on CUDA, where
 * looking at the indices would mean waiting, its row of y is 0.
 */
void gather(const Device& device, const GatherShape& shape, TensorView x,
            std::span<const std::int32_t> indices, MutableTensorView y);

/**
 * y[k, d] = `on` where d == indices[k], else `off`; [indices.size(), depth]. An index outside of
 * [0, depth) has a row of `off`. `on` and `off` must be values of y's type (float32: rounded to
 * it).
 */
void one_hot(const Device& device, int depth, double on, double off,
             std::span<const std::int32_t> indices, MutableTensorView y);

}  // namespace trialforge
