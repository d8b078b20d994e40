// exp, expm1, tanh, sigmoid and softplus on vectors, to a few units in the last place.
#pragma once

#include "cpu/kernels/simd.h"

namespace trialforge::cpu::TRIALFORGE_ISA {

static inline Vector bits_to_float(IntVector bits) { return reinterpret_cast<Vector>(bits); }

static inline IntVector to_int(Vector value) { return __builtin_convertvector(value, IntVector); }

static inline Vector min(Vector a, Vector b) { return a < b ? a : b; }
static inline Vector max(Vector a, Vector b) { return a > b ? a : b; }

/**
 * e^x - 1 = 2^n (e^r - 1) + (2^n - 1) with x = n ln 2 + r, |r| <= ln(2) / 2: relative error stays
 * small near 0. Valid for x in [-87.3365, 88]; NaN stays NaN.
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

/** e^x; results below the smallest normal number are 0. */
static inline Vector exp(Vector x) {
  Vector scale;
  const Vector clamped = min(max(x, broadcast(-87.3365f)), broadcast(88.0f));
  const Vector p = expm1_reduced(clamped, scale);
  // 2^n overflows before e^x does, so above 88 the rest is a second factor.
  const Vector rest = x - clamped;
  Vector y = scale * p + scale;
  y = x > 88.0f ? y * (1.0f + rest * (1.0f + rest * (0.5f + rest * (1.0f / 6 + rest / 24)))) : y;
  y = x > 88.7228f ? broadcast(__builtin_inff()) : y;
  y = x < -87.3365f ? Vector{} : y;
  return x != x ? x : y;
}

static inline Vector expm1(Vector x) {
  Vector scale;
  const Vector clamped = min(max(x, broadcast(-30.0f)), broadcast(88.0f));
  const Vector p = expm1_reduced(clamped, scale);
  const Vector y = scale * p + (scale - 1.0f);
  return x != x ? x : y;
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

static inline Vector softplus(Vector x) {
  const Vector magnitude = x < 0.0f ? -x : x;
  const Vector y = (x > 0.0f ? x : Vector{}) + log1p_unit(exp(-magnitude));
  return x != x ? x : y;
}

}  // namespace trialforge::cpu::TRIALFORGE_ISA
