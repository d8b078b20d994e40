// Operations on single elements of tensors: functions of one, of two that broadcast, a choice,
// casts. The rules for NaN, signs and integers are those of TensorFlow.js.
#pragma once

#include <span>

#include "trialforge/device.h"
#include "trialforge/tensor.h"

namespace trialforge {

enum class UnaryOp {
  abs,
  acos,
  acosh,
  asin,
  asinh,
  atan,
  atanh,
  ceil,
  cos,
  cosh,
  elu,
  erf,
  exp,
  expm1,
  floor,
  is_finite,
  is_inf,
  is_nan,
  log,
  log1p,
  logical_not,
  neg,
  reciprocal,
  relu,
  relu6,
  round,  // half to even
  rsqrt,
  selu,
  sigmoid,
  sign,  // 0 for NaN
  sin,
  sinh,
  softplus,
  sqrt,
  square,
  tan,
  tanh,
  leaky_relu,  // x < 0 ? alpha x : x
  step,        // x > 0 ? 1 : alpha
  clip,        // into [alpha, beta]
};
inline constexpr int unary_op_count = static_cast<int>(UnaryOp::clip) + 1;

/** The enumerator's name, such as "leaky_relu". */
const char* unary_op_name(UnaryOp op) noexcept;

struct UnaryParameters {
  float alpha = 0, beta = 0;
};

/**
 * y[i] = op(x[i]). float32 to float32, but is_* to bool8; int32 to int32 for abs, clip, neg, relu,
 * relu6, sign, square and step; logical_not takes bool8 to bool8. Integers wrap modulo 2^32, and
 * parameters that are stored as integers are cast as by cast(). `y` may be `x` where both have the
 * same type.
 */
void unary(const Device& device, UnaryOp op, const UnaryParameters& parameters, TensorView x,
           MutableTensorView y);

enum class BinaryOp {
  add,
  subtract,
  multiply,
  divide,
  floor_divide,
  mod,  // has the sign of b
  maximum,
  minimum,
  pow,
  squared_difference,
  atan2,
  relu_grad,  // a is dy, b is x or relu(x); NaN where b is
  elu_grad,   // a is dy, b is y = elu(x)
  prelu,      // a < 0 ? b a : a
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  logical_and,
  logical_or,
  bitwise_and,
};
inline constexpr int binary_op_count = static_cast<int>(BinaryOp::bitwise_and) + 1;

/** The enumerator's name, such as "floor_divide". */
const char* binary_op_name(BinaryOp op) noexcept;

/** Of the shapes that binary() takes. */
inline constexpr int max_broadcast_rank = 8;

/**
 * y = op(a, b), where an axis of size 1, or one that is missing in front, is repeated (NumPy's
 * broadcasting). a and b have one type. Comparisons take any type to bool8; logical_and and
 * logical_or take bool8 to bool8; bitwise_and takes int32; atan2, the gradients and prelu take
 * float32; the others take float32 or int32 to the same.
 *
 * Integers wrap modulo 2^32. An integer quotient is that of doubles, cast as by cast(): so divide
 * truncates, and what is divided by 0 is 0; pow and mod likewise. maximum and minimum are NaN where
 * a or b is.
 *
 * Throws ErrorCode::invalid_argument for more than max_broadcast_rank axes, negative sizes, shapes
 * that do not go together, and views that do not fit them. `y` may be an operand of y's shape and
 * type.
 */
void binary(const Device& device, BinaryOp op, std::span<const int> a_shape,
            std::span<const int> b_shape, TensorView a, TensorView b, MutableTensorView y);

/**
 * y = condition ? a : b. `condition` is bool8; each of its elements is for y.size / condition.size
 * consecutive ones of y. a, b and y have one type. `y` may be `a` or `b`.
 */
void select(const Device& device, TensorView condition, TensorView a, TensorView b,
            MutableTensorView y);

/**
 * y[i] = x[i] in y's type. float32 to int32 is JavaScript's ToInt32: truncated, modulo 2^32, NaN
 * and infinities give 0. To bool8: x != 0.
 */
void cast(const Device& device, TensorView x, MutableTensorView y);

}  // namespace trialforge
