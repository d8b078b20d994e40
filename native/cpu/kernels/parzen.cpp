// Sums over the components of a Parzen mixture.
#include "cpu/kernels/declarations.h"

#if defined(__AVX__)
#include <immintrin.h>
#endif

// Vectors that are wider than the registers are passed between inlined functions alone.
#pragma GCC diagnostic ignored "-Wpsabi"
// GCC 12 says so of its own intrinsics.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

namespace trialforge::cpu::TRIALFORGE_ISA {
namespace {

constexpr std::size_t kDoubles = kParzenLanes;
typedef double Doubles __attribute__((vector_size(8 * kDoubles)));
typedef std::int64_t Longs __attribute__((vector_size(8 * kDoubles)));
constexpr std::size_t kFloats = 16;
typedef float Floats __attribute__((vector_size(4 * kFloats)));
typedef std::int32_t Ints __attribute__((vector_size(4 * kFloats)));

template <typename Vector, typename T>
inline Vector load(const T* source) {
  Vector value;
  __builtin_memcpy(&value, source, sizeof value);
  return value;
}

/** Bit l: whether x[l] >= bound; never for NaN. */
inline std::uint32_t not_below(const Floats& x, float bound) {
#if defined(__AVX512F__)
  return _mm512_cmp_ps_mask(reinterpret_cast<__m512>(x), _mm512_set1_ps(bound), _CMP_GE_OQ);
#elif defined(__AVX__)
  __m256 half[2];
  __builtin_memcpy(half, &x, sizeof half);
  const __m256 least = _mm256_set1_ps(bound);
  const auto mask = [&](__m256 part) {
    return static_cast<std::uint32_t>(_mm256_movemask_ps(_mm256_cmp_ps(part, least, _CMP_GE_OQ)));
  };
  return mask(half[0]) | mask(half[1]) << 8;
#else
  std::uint32_t mask = 0;
  for (std::size_t l = 0; l < kFloats; ++l) mask |= static_cast<std::uint32_t>(x[l] >= bound) << l;
  return mask;
#endif
}

/** Whether an x[l] >= bound; NaN is not. */
inline bool any_not_below(const Doubles& x, double bound) {
#if defined(__AVX512F__)
  return _mm512_cmp_pd_mask(reinterpret_cast<__m512d>(x), _mm512_set1_pd(bound), _CMP_GE_OQ) != 0;
#elif defined(__AVX__)
  __m256d half[2];
  __builtin_memcpy(half, &x, sizeof half);
  const __m256d least = _mm256_set1_pd(bound);
  const auto mask = [&](__m256d part) {
    return _mm256_movemask_pd(_mm256_cmp_pd(part, least, _CMP_GE_OQ));
  };
  return (mask(half[0]) | mask(half[1])) != 0;
#else
  bool any = false;
  for (std::size_t l = 0; l < kDoubles; ++l) any |= x[l] >= bound;
  return any;
#endif
}

/** Subtracts ((x - mu) / sigma)^2 / 2, where a distance up to `slack` is none. */
inline Floats nearer(Floats bound, const float* mu, const float* inverse_sigma, float x,
                     float slack) {
  Floats distance = x - load<Floats>(mu);
  if (slack > 0) {
    distance = (distance < 0 ? -distance : distance) - slack;
    distance = distance < 0 ? Floats{} : distance;
  }
  const Floats z = distance * load<Floats>(inverse_sigma);
  return bound - z * z;
}

inline double sum_of(const Doubles& values) {
  double total = 0;
  for (std::size_t l = 0; l < kDoubles; ++l) total += values[l];
  return total;
}

/** e^x for -700 <= x <= 700, to 2 units in the last place. */
inline Doubles exp_of(Doubles x) {
  constexpr double round = 6755399441055744.0;  // 1.5 * 2^52: adding it leaves an integer
  const Doubles shifted = x * 1.4426950408889634 + round;
  const Doubles k = shifted - round;
  const Doubles r = (x - k * 0.693147180369123816490) - k * 1.90821492927058770002e-10;
  Doubles p = r * 1.6059043836821613e-10 + 2.08767569878681e-09;  // 1/13!, 1/12!, ...
  p = p * r + 2.505210838544172e-08;
  p = p * r + 2.755731922398589e-07;
  p = p * r + 2.7557319223985893e-06;
  p = p * r + 2.48015873015873e-05;
  p = p * r + 0.0001984126984126984;
  p = p * r + 0.001388888888888889;
  p = p * r + 0.008333333333333333;
  p = p * r + 0.041666666666666664;
  p = p * r + 0.16666666666666666;
  p = p * r + 0.5;
  p = (p * r) * r + r + 1.0;
  Longs bits, exponent;
  __builtin_memcpy(&bits, &p, sizeof bits);
  __builtin_memcpy(&exponent, &shifted, sizeof exponent);
  bits += exponent << 52;
  __builtin_memcpy(&p, &bits, sizeof p);
  return p;
}

/** e^x for x <= 80 to 1e-6, at least e^-80. */
inline Floats exp_of(Floats x) {
  constexpr float round = 12582912.0F;  // 1.5 * 2^23: adding it leaves an integer
  x = x > -80.0F ? x : Floats{} - 80.0F;
  const Floats shifted = x * 1.44269504F + round;
  const Floats k = shifted - round;
  const Floats r = (x - k * 0.693145752F) - k * 1.42860677e-06F;
  Floats p = r * 0.00833333333F + 0.0416666667F;  // 1/5!, 1/4!, ...
  p = p * r + 0.166666667F;
  p = p * r + 0.5F;
  p = (p * r) * r + r + 1.0F;
  Ints bits, exponent;
  __builtin_memcpy(&bits, &p, sizeof bits);
  __builtin_memcpy(&exponent, &shifted, sizeof exponent);
  bits += exponent << 23;
  __builtin_memcpy(&p, &bits, sizeof p);
  return p;
}

/** parzen_rough_sums of so many points side by side. */
template <std::size_t points>
inline void rough_sums(const ParzenRoughLine& line, const float* x, float* sums) {
  Floats total[points] = {};
  for (std::size_t j = 0; j < line.n; j += kFloats) {
    const Floats mu = load<Floats>(line.mu + j), inverse = load<Floats>(line.inverse_sigma + j);
    const Floats constant = load<Floats>(line.constant + j);
    const Floats weights = load<Floats>(line.weights + j);
    for (std::size_t i = 0; i < points; ++i) {
      const Floats z = (x[i] - mu) * inverse;
      total[i] += weights * exp_of(constant - z * z);
    }
  }
  for (std::size_t i = 0; i < points; ++i) {
    sums[i] = 0;
    for (std::size_t l = 0; l < kFloats; ++l) sums[i] += total[i][l];
  }
}

}  // namespace

void parzen_rough_sums(const ParzenRoughLine& line, const float* x, std::size_t m, float* sums) {
  constexpr std::size_t together = 4;
  std::size_t i = 0;
  for (; i + together <= m; i += together) rough_sums<together>(line, x + i, sums + i);
  for (; i < m; ++i) rough_sums<1>(line, x + i, sums + i);
}

std::size_t parzen_scan(const ParzenScan& scan, std::size_t from, std::size_t to,
                        std::int32_t* survivors) {
  static_assert(kParzenBlock == 2 * kFloats);
  // A block is left as soon as nothing of it can come back.
  constexpr std::size_t look = 4;
  std::size_t found = 0;
  for (std::size_t j = from; j < to; j += kParzenBlock) {
    Floats first = load<Floats>(scan.bounds + j), second = load<Floats>(scan.bounds + j + kFloats);
    std::uint32_t alive = ~0u;
    for (std::size_t p = 0; p < scan.n_parameters && alive != 0; p += look) {
      const std::size_t end = p + look < scan.n_parameters ? p + look : scan.n_parameters;
      for (std::size_t q = p; q < end; ++q) {
        const float *mu = scan.mu[q] + j, *inverse = scan.inverse_sigma[q] + j;
        first = nearer(first, mu, inverse, scan.x[q], scan.slack[q]);
        second = nearer(second, mu + kFloats, inverse + kFloats, scan.x[q], scan.slack[q]);
      }
      alive = not_below(first, scan.floor) | not_below(second, scan.floor) << kFloats;
    }
    if (to - j < kParzenBlock) alive &= (1u << (to - j)) - 1;
    for (; alive != 0; alive &= alive - 1) {
      survivors[found++] = static_cast<std::int32_t>(j) + __builtin_ctz(alive);
    }
  }
  return found;
}

double parzen_distance(const double* row, const double* x, std::size_t stride) {
  Doubles sum = {};
  for (std::size_t p = 0; p < stride; p += kDoubles) {
    const Doubles z =
        (load<Doubles>(x + p) - load<Doubles>(row + p)) * load<Doubles>(row + stride + p);
    sum += z * z;
  }
  return sum_of(sum) / 2;
}

double parzen_sum_near(const ParzenLine& line, double x, double margin, double& largest) {
  const auto terms = [&](std::size_t k) {
    const Doubles z = (x - load<Doubles>(line.mu + k)) * load<Doubles>(line.inverse_sigma + k);
    return load<Doubles>(line.constant + k) - 0.5 * z * z;
  };
  Doubles most = Doubles{} + largest;
  for (std::size_t k = 0; k < line.n; k += kDoubles) {
    const Doubles t = terms(k);
    most = t > most ? t : most;
  }
  for (std::size_t l = 0; l < kDoubles; ++l) largest = most[l] > largest ? most[l] : largest;
  Doubles sum = {};
  for (std::size_t k = 0; k < line.n; k += kDoubles) {
    const Doubles t = terms(k);
    if (!any_not_below(t, largest - margin)) continue;
    Doubles weights;
    for (std::size_t l = 0; l < kDoubles; ++l) weights[l] = line.weights[line.order[k + l]];
    const Doubles exponent = t - largest;
    sum += weights * exp_of(exponent > -700.0 ? exponent : Doubles{} - 700.0);
  }
  return sum_of(sum);
}

double parzen_sum_exp(const double* terms, const double* weights, std::size_t n, double shift) {
  Doubles sum = {};
  for (std::size_t j = 0; j < n; j += kDoubles) {
    const Doubles x = load<Doubles>(terms + j) - shift;
    sum += load<Doubles>(weights + j) * exp_of(x > -700.0 ? x : Doubles{} - 700.0);
  }
  return sum_of(sum);
}

}  // namespace trialforge::cpu::TRIALFORGE_ISA
