// x^y on vectors, computed in double precision.
#pragma once

#include <limits>

#include "cpu/kernels/simd.h"

namespace trialforge::cpu::TRIALFORGE_ISA {

typedef double DoubleVector __attribute__((vector_size(4 * kWidth)));
typedef std::int64_t LongVector __attribute__((vector_size(4 * kWidth)));
typedef std::uint64_t LongWords __attribute__((vector_size(4 * kWidth)));

static inline DoubleVector every(double x) { return DoubleVector{} + x; }
static inline LongWords double_bits(DoubleVector x) { return reinterpret_cast<LongWords>(x); }
static inline DoubleVector bits_to_double(LongWords x) { return reinterpret_cast<DoubleVector>(x); }

/** The nearest integer, for |x| < 2^51. */
static inline DoubleVector nearest(DoubleVector x) {
  constexpr double round = 6755399441055744.0;  // 1.5 * 2^52
  return (x + round) - round;
}

/** log2 of 0, infinity, NaN, or a number with the exponent of a float, to 1e-12 of its value. */
static inline DoubleVector log2_of_float(DoubleVector x) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  constexpr std::uint64_t sqrt_half = 0x3fe6a09e667f3bcd, one = 0x3ff0000000000000;
  // x = 2^n m, m in [sqrt(1/2), sqrt(2)).
  const LongWords shifted = double_bits(x) + (one - sqrt_half);
  const DoubleVector m = bits_to_double((shifted & 0x000fffffffffffff) + sqrt_half);
  const DoubleVector biased = bits_to_double((shifted >> 52) | 0x4330000000000000);  // + 2^52
  const DoubleVector n = biased - (4503599627370496.0 + 1023);
  const DoubleVector s = (m - 1) / (m + 1), z = s * s;
  DoubleVector p = z * (1.0 / 13) + 1.0 / 11;
  p = p * z + 1.0 / 9;
  p = p * z + 1.0 / 7;
  p = p * z + 1.0 / 5;
  p = p * z + 1.0 / 3;
  p = p * z + 1;
  DoubleVector y = n + s * p * 2.8853900817779268;  // 2 / ln 2
  y = x == 0 ? every(-infinity) : y;
  return x < infinity ? y : x;
}

/** 2^x, to 1e-8 of its value, for |x| <= 300. */
static inline DoubleVector exp2_to_float(DoubleVector x) {
  constexpr double round = 6755399441055744.0;  // its low bits hold the integer
  const DoubleVector shifted = x + round;
  const DoubleVector r = (x - (shifted - round)) * 0.69314718055994531;
  DoubleVector p = r * (1.0 / 5040) + 1.0 / 720;
  p = p * r + 1.0 / 120;
  p = p * r + 1.0 / 24;
  p = p * r + 1.0 / 6;
  p = p * r + 0.5;
  p = p * r + 1;
  p = p * r + 1;
  return bits_to_double(double_bits(p) + (double_bits(shifted) << 52));
}

static inline DoubleVector power(DoubleVector x, DoubleVector y) {
  constexpr std::uint64_t sign = 0x8000000000000000;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const DoubleVector magnitude = bits_to_double(double_bits(x) & ~sign);
  const DoubleVector t = y * log2_of_float(magnitude);
  DoubleVector bounded = t > 300 ? every(300) : t;  // beyond all floats
  bounded = t < -300 ? every(-300) : bounded;
  DoubleVector value = t == t ? exp2_to_float(bounded) : t;
  // Negative bases: only integers have a power, and odd ones keep the sign.
  DoubleVector steps = bits_to_double(double_bits(y) & ~sign);
  steps = steps > 1073741824.0 ? every(1073741824.0) : steps;  // floats from 2^25 on are even
  const LongVector is_integer = nearest(steps) == steps;
  const LongVector is_odd = is_integer & (nearest(steps * 0.5) != steps * 0.5);
  value = bits_to_double(double_bits(value) ^
                         (double_bits(x) & sign & reinterpret_cast<LongWords>(is_odd)));
  const LongVector has_none = (x < 0) & (magnitude < infinity) & ~is_integer;
  value = has_none ? every(std::numeric_limits<double>::quiet_NaN()) : value;
  return y == 0 ? every(1) : value;
}

/** As JavaScript has it: 1 to the power of NaN or of an infinity is NaN. */
static inline Vector power(Vector x, Vector y) {
  typedef float Half __attribute__((vector_size(2 * kWidth)));
  Half bases[2], exponents[2], powers[2];
  __builtin_memcpy(bases, &x, sizeof x);
  __builtin_memcpy(exponents, &y, sizeof y);
  for (int i = 0; i < 2; ++i) {
    powers[i] = __builtin_convertvector(power(__builtin_convertvector(bases[i], DoubleVector),
                                              __builtin_convertvector(exponents[i], DoubleVector)),
                                        Half);
  }
  Vector z;
  __builtin_memcpy(&z, powers, sizeof z);
  return z;
}

}  // namespace trialforge::cpu::TRIALFORGE_ISA
