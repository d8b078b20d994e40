// Functions of one element, by the rules of trialforge/elementwise.h.
#pragma once

#include <cstdint>

namespace trialforge::cuda::device {

/** JavaScript's ToInt32: truncated, modulo 2^32, 0 for NaN and infinities. */
__device__ __forceinline__ std::int32_t to_int32(float x) {
  if (fabsf(x) < 2147483648.0f) return static_cast<std::int32_t>(x);
  if (!(fabsf(x) < INFINITY)) return 0;
  // From 2^31 on, x is a multiple of 2^8: its 24 bits, shifted.
  int exponent;
  const auto digits = static_cast<std::uint32_t>(frexpf(fabsf(x), &exponent) * 16777216.0f);
  const int shift = exponent - 24;
  const std::uint32_t shifted = shift < 32 ? digits << shift : 0;
  return static_cast<std::int32_t>(x < 0 ? 0u - shifted : shifted);
}

// --- float32 to float32

struct Abs {
  __device__ float operator()(float x) const { return fabsf(x); }
};
struct Acos {
  __device__ float operator()(float x) const { return acosf(x); }
};
struct Acosh {
  __device__ float operator()(float x) const { return acoshf(x); }
};
struct Asin {
  __device__ float operator()(float x) const { return asinf(x); }
};
struct Asinh {
  __device__ float operator()(float x) const { return asinhf(x); }
};
struct Atan {
  __device__ float operator()(float x) const { return atanf(x); }
};
struct Atanh {
  __device__ float operator()(float x) const { return atanhf(x); }
};
struct Ceil {
  __device__ float operator()(float x) const { return ceilf(x); }
};
struct Cos {
  __device__ float operator()(float x) const { return cosf(x); }
};
struct Cosh {
  __device__ float operator()(float x) const { return coshf(x); }
};
struct Elu {
  __device__ float operator()(float x) const { return x > 0 ? x : expm1f(x); }
};
struct Erf {
  __device__ float operator()(float x) const { return erff(x); }
};
struct Exp {
  __device__ float operator()(float x) const { return expf(x); }
};
struct Expm1 {
  __device__ float operator()(float x) const { return expm1f(x); }
};
struct Floor {
  __device__ float operator()(float x) const { return floorf(x); }
};
struct Log {
  __device__ float operator()(float x) const { return logf(x); }
};
struct Log1p {
  __device__ float operator()(float x) const { return log1pf(x); }
};
struct Neg {
  __device__ float operator()(float x) const { return -x; }
};
struct Reciprocal {
  __device__ float operator()(float x) const { return 1 / x; }
};
struct Relu {
  __device__ float operator()(float x) const { return x <= 0 ? 0.0f : x; }
};
struct Relu6 {
  __device__ float operator()(float x) const { return x <= 0 ? 0.0f : x > 6 ? 6.0f : x; }
};
/** Half to even. */
struct Round {
  __device__ float operator()(float x) const { return rintf(x); }
};
struct Rsqrt {
  __device__ float operator()(float x) const { return 1 / sqrtf(x); }
};
/** Klambauer et al. 2017. */
struct Selu {
  __device__ float operator()(float x) const {
    constexpr float scale = 1.0507009873554805f, scale_alpha = 1.7580993408473769f;
    return x > 0 ? scale * x : scale_alpha * expm1f(x);
  }
};
struct Sigmoid {
  __device__ float operator()(float x) const { return 1 / (1 + expf(-x)); }
};
struct Sign {
  __device__ float operator()(float x) const { return x > 0 ? 1.0f : x < 0 ? -1.0f : 0.0f; }
};
struct Sin {
  __device__ float operator()(float x) const { return sinf(x); }
};
struct Sinh {
  __device__ float operator()(float x) const { return sinhf(x); }
};
struct Softplus {
  __device__ float operator()(float x) const {
    return (x > 0 ? x : 0.0f) + log1pf(expf(-fabsf(x)));
  }
};
struct Sqrt {
  __device__ float operator()(float x) const { return sqrtf(x); }
};
struct Square {
  __device__ float operator()(float x) const { return x * x; }
};
struct Tan {
  __device__ float operator()(float x) const { return tanf(x); }
};
struct Tanh {
  __device__ float operator()(float x) const { return tanhf(x); }
};
struct LeakyRelu {
  float alpha;
  __device__ float operator()(float x) const { return x < 0 ? alpha * x : x; }
};
struct Step {
  float alpha;
  __device__ float operator()(float x) const { return x > 0 ? 1.0f : x <= 0 ? alpha : x; }
};
struct Clip {
  float low, high;
  __device__ float operator()(float x) const { return x > high ? high : x < low ? low : x; }
};

// --- float32 and bool8 to bool8

struct IsFinite {
  __device__ std::uint8_t operator()(float x) const { return fabsf(x) < INFINITY; }
};
struct IsInf {
  __device__ std::uint8_t operator()(float x) const { return fabsf(x) == INFINITY; }
};
struct IsNan {
  __device__ std::uint8_t operator()(float x) const { return x != x; }
};
struct LogicalNot {
  __device__ std::uint8_t operator()(std::uint8_t x) const { return x == 0; }
};

// --- int32 to int32, modulo 2^32

struct IntAbs {
  __device__ std::int32_t operator()(std::int32_t x) const {
    const auto bits = static_cast<std::uint32_t>(x);
    return static_cast<std::int32_t>(x < 0 ? 0u - bits : bits);
  }
};
struct IntNeg {
  __device__ std::int32_t operator()(std::int32_t x) const {
    return static_cast<std::int32_t>(0u - static_cast<std::uint32_t>(x));
  }
};
struct IntRelu {
  __device__ std::int32_t operator()(std::int32_t x) const { return x < 0 ? 0 : x; }
};
struct IntRelu6 {
  __device__ std::int32_t operator()(std::int32_t x) const { return x < 0 ? 0 : x > 6 ? 6 : x; }
};
struct IntSign {
  __device__ std::int32_t operator()(std::int32_t x) const { return (x > 0) - (x < 0); }
};
struct IntSquare {
  __device__ std::int32_t operator()(std::int32_t x) const {
    const auto bits = static_cast<std::uint32_t>(x);
    return static_cast<std::int32_t>(bits * bits);
  }
};
struct IntStep {
  float alpha;
  __device__ std::int32_t operator()(std::int32_t x) const { return x > 0 ? 1 : to_int32(alpha); }
};
struct IntClip {
  float low, high;
  __device__ std::int32_t operator()(std::int32_t x) const {
    // A float does not hold every integer.
    const double exact = x;
    return exact > high ? to_int32(high) : exact < low ? to_int32(low) : x;
  }
};

// --- Between types

struct FloatToInt {
  __device__ std::int32_t operator()(float x) const { return to_int32(x); }
};
template <typename X, typename Y>
struct Convert {
  __device__ Y operator()(X x) const { return static_cast<Y>(x); }
};
template <typename X>
struct Truth {
  __device__ std::uint8_t operator()(X x) const { return x != 0; }
};

}  // namespace trialforge::cuda::device
