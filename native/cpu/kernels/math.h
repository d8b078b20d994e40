// Elementary functions on vectors, to a few units in the last place.
#pragma once

#include <cmath>

#include "cpu/kernels/simd.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace trialforge::cpu::TRIALFORGE_ISA {

/** JavaScript's ToInt32: truncated, modulo 2^32; NaN and infinities give 0. */
static inline std::int32_t to_int32(double x) {
  if (std::fabs(x) < 2147483648.0) return static_cast<std::int32_t>(x);
  if (!std::isfinite(x)) return 0;
  const auto wrapped = static_cast<std::int64_t>(std::fmod(std::trunc(x), 4294967296.0));
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(wrapped));
}

static inline Vector bits_to_float(IntVector bits) { return reinterpret_cast<Vector>(bits); }

static inline IntVector float_bits(Vector value) { return reinterpret_cast<IntVector>(value); }

static inline IntVector to_int(Vector value) { return __builtin_convertvector(value, IntVector); }

static inline Vector min(Vector a, Vector b) { return a < b ? a : b; }
static inline Vector max(Vector a, Vector b) { return a > b ? a : b; }

static inline Vector abs(Vector x) { return bits_to_float(float_bits(x) & 0x7fffffff); }

static inline Vector sqrt(Vector x) {
#if defined(__AVX512F__)
  // With a mask of all, because GCC warns of what _mm512_sqrt_ps leaves undefined.
  return reinterpret_cast<Vector>(_mm512_maskz_sqrt_ps(0xffff, reinterpret_cast<__m512>(x)));
#elif defined(__AVX2__)
  return reinterpret_cast<Vector>(_mm256_sqrt_ps(reinterpret_cast<__m256>(x)));
#elif defined(__SSE2__)
  return reinterpret_cast<Vector>(_mm_sqrt_ps(reinterpret_cast<__m128>(x)));
#else
  Vector y;
  for (int i = 0; i < kWidth; ++i) y[i] = __builtin_sqrtf(x[i]);
  return y;
#endif
}

/**
 * e^x - 1 = 2^n (e^r - 1) + (2^n - 1) with x = n ln 2 + r, |r| <= ln(2) / 2: relative error stays
 * small near 0. Valid for x in [-87.3365, 88.1]; NaN stays NaN.
 */
static inline Vector expm1_reduced(Vector x, Vector& scale) {
  const float log2e = 1.44269504088896341f;
  const float ln2_high = 0.693359375f, ln2_low = -2.12194440054690583e-4f;  // their sum is ln 2
  const float round = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  const Vector shifted = x * log2e + round;
  const Vector n = shifted - round;
  const Vector r = (x - n * ln2_high) - n * ln2_low;
  // The Taylor series to the seventh power: its remainder is below 2^-25 of the sum.
  Vector p = r * (1.0f / 5040) + (1.0f / 720);
  p = p * r + (1.0f / 120);
  p = p * r + (1.0f / 24);
  p = p * r + (1.0f / 6);
  p = p * r + 0.5f;
  p = p * r * r + r;
  scale = bits_to_float((to_int(n) + 127) << 23);
  return p;
}

/** 2^n overflows before e^x does: above 88 it is e^(x - h) e^h, with an h that is subtracted
 * exactly. */
struct ExpRange {
  static constexpr float h = 0.693359375f, exp_h = 2.0004244339f;
  static Vector reduce(Vector x, float lowest) {
    return min(max(x > 88.0f ? x - h : x, broadcast(lowest)), broadcast(88.1f));
  }
  static Vector restore(Vector x, Vector y) {
    y = x > 88.0f ? y * exp_h : y;
    y = x > 88.73f ? broadcast(__builtin_inff()) : y;
    return x != x ? x : y;
  }
};

/** e^x; results below the smallest normal number are 0. */
static inline Vector exp(Vector x) {
  Vector scale;
  const Vector p = expm1_reduced(ExpRange::reduce(x, -87.3365f), scale);
  return ExpRange::restore(x, x < -87.3365f ? Vector{} : scale * p + scale);
}

static inline Vector expm1(Vector x) {
  Vector scale;
  const Vector clamped = min(max(x, broadcast(-30.0f)), broadcast(88.0f));
  const Vector p = expm1_reduced(clamped, scale);
  const Vector y = scale * p + (scale - 1.0f);
  return x != x ? x : y;
}

/** expm1 for x above 88, too. */
static inline Vector expm1_to_infinity(Vector x) {
  Vector scale;
  const Vector p = expm1_reduced(ExpRange::reduce(x, -30.0f), scale);
  return ExpRange::restore(x, scale * p + (scale - 1.0f));
}

/** tanh x = e / (e + 2) with e = e^2x - 1. */
static inline Vector tanh(Vector x) {
  const Vector clamped = min(max(x, broadcast(-10.0f)), broadcast(10.0f));
  const Vector e = expm1(clamped + clamped);
  const Vector y = e / (e + 2.0f);
  return x != x ? x : y;
}

static inline Vector sigmoid(Vector x) { return 1.0f / (1.0f + exp(-x)); }

/** log(1 + t) for t in [0, 1]: 2 atanh(t / (2 + t)) by its series. */
static inline Vector log1p_unit(Vector t) {
  const Vector s = t / (t + 2.0f), z = s * s;
  Vector p = z * (1.0f / 15) + (1.0f / 13);
  p = p * z + (1.0f / 11);
  p = p * z + (1.0f / 9);
  p = p * z + (1.0f / 7);
  p = p * z + (1.0f / 5);
  p = p * z + (1.0f / 3);
  return 2.0f * (p * z * s + s);
}

/** n ln 2 + log(1 + f) for 1 + f in [sqrt(1/2), sqrt(2)], by the series of 2 atanh(f / (2 + f)). */
static inline Vector log_of_parts(Vector n, Vector f) {
  const float ln2_high = 0.693359375f, ln2_low = -2.12194440054690583e-4f;  // their sum is ln 2
  const Vector s = f / (f + 2.0f), z = s * s;
  Vector p = z * (1.0f / 11) + (1.0f / 9);
  p = p * z + (1.0f / 7);
  p = p * z + (1.0f / 5);
  p = p * z + (1.0f / 3);
  p = 2.0f * (p * z * s + s);
  return n * ln2_high + (n * ln2_low + p);
}

/** n with x = 2^n m, m in [sqrt(1/2), sqrt(2)), for normal x >= 0. */
static inline IntVector log_exponent(Vector x) {
  const std::int32_t sqrt_half = 0x3f3504f3;
  return (float_bits(x) - sqrt_half) >> 23;
}

static inline Vector log(Vector x) {
  const Vector magnitude = abs(x);
  const IntVector subnormal = magnitude < 1.17549435e-38f;
  const Vector normal = subnormal ? magnitude * 33554432.0f : magnitude;  // 2^25
  const IntVector n = log_exponent(normal);
  const Vector m = bits_to_float(float_bits(normal) - (n << 23));
  const Vector exponent = __builtin_convertvector(n + (subnormal & -25), Vector);
  Vector y = log_of_parts(exponent, m - 1.0f);
  y = x > 0.0f ? y : broadcast(__builtin_nanf(""));
  y = x == 0.0f ? broadcast(-__builtin_inff()) : y;
  return x == __builtin_inff() ? x : y;
}

static inline Vector log1p(Vector x) {
  const Vector u = abs(x + 1.0f);
  const Vector lost = x > 1.0f ? 1.0f - (u - x) : x - (u - 1.0f);  // u + lost is 1 + x
  const IntVector n = log_exponent(u);
  const Vector m = bits_to_float(float_bits(u) - (n << 23));
  const IntVector scale = (127 - (n > 100 ? broadcast(100) : n)) << 23;  // beyond, nothing is lost
  const Vector exponent = __builtin_convertvector(n, Vector);
  Vector y = log_of_parts(exponent, (m - 1.0f) + lost * bits_to_float(scale));
  y = abs(x) < 1e-8f ? x : y;
  y = x > -1.0f ? y : broadcast(__builtin_nanf(""));
  y = x == -1.0f ? broadcast(-__builtin_inff()) : y;
  return x == __builtin_inff() ? x : y;
}

/**
 * Polynomials fitted by least squares in Chebyshev points: of x^2 to erf(x) / x below 1, of
 * t = 1 / (1 + x / 2) to erfc(x) e^(x^2) above; 1e-9 of the value.
 */
static inline Vector erf(Vector x) {
  const Vector magnitude = min(abs(x), broadcast(4.2f)), z = magnitude * magnitude;
  Vector p = z * 7.8472591e-05f - 0.000800818932f;
  p = p * z + 0.00518809889f;
  p = p * z - 0.0268536911f;
  p = p * z + 0.112835822f;
  p = p * z - 0.376126256f;
  p = p * z + 1.12837917f;
  const Vector t = 1.0f / (magnitude * 0.5f + 1.0f);
  Vector q = t * 0.117908401f - 0.466245041f;
  q = q * t + 0.556020986f;
  q = q * t - 0.0977674423f;
  q = q * t + 0.344996681f;
  q = q * t + 0.260490079f;
  q = q * t + 0.284785989f;
  q = q * t - 0.000145694306f;
  const Vector far = 1.0f - q * exp(-z);
  const Vector y = magnitude < 1.0f ? x * p : x < 0.0f ? -far : far;
  return x != x ? x : y;
}

static inline Vector softplus(Vector x) {
  const Vector magnitude = x < 0.0f ? -x : x;
  const Vector y = (x > 0.0f ? x : Vector{}) + log1p_unit(exp(-magnitude));
  return x != x ? x : y;
}

}  // namespace trialforge::cpu::TRIALFORGE_ISA
