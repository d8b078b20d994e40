// Reductions over one axis (or several neighbouring ones) of a tensor.
#pragma once

#include <cstddef>

#include "trialforge/device.h"
#include "trialforge/tensor.h"

namespace trialforge {

enum class ReduceOp { sum, mean, max, min, prod, all, any };
enum class ArgOp { max, min };

/** x is [outer, reduced, inner], y [outer, inner]. Any of them may be 0. */
struct ReduceShape {
  int outer = 1, reduced = 1, inner = 1;

  std::size_t x_size() const noexcept;
  std::size_t y_size() const noexcept;

  /** Throws ErrorCode::invalid_argument for negative sizes and 2^31 elements and more. */
  void validate() const;
};

/**
 * y[o, i] = op over r of x[o, r, i], of the same type. float32 takes sum, mean, max, min and prod;
 * int32 the same without mean, sum and prod modulo 2^32; bool8 takes all and any. A NaN makes the
 * largest and the smallest NaN. Of nothing the sum is 0, the product 1, the mean NaN, the largest
 * -infinity or INT_MIN, the smallest infinity or INT_MAX, all 1 and any 0.
 *
 * Sums are made of short partial sums of floats that are added in double precision, in an order
 * that depends on the shape alone.
 */
void reduce(const Device& device, ReduceOp op, const ReduceShape& shape, TensorView x,
            MutableTensorView y);

/**
 * y[o, i] (int32) = the first r whose x[o, r, i] (float32 or int32) is the largest or smallest. As
 * in TensorFlow.js a NaN is never chosen, except that one at r = 0 stays. 0 where `reduced` is 0.
 */
void arg_reduce(const Device& device, ArgOp op, const ReduceShape& shape, TensorView x,
                MutableTensorView y);

}  // namespace trialforge
