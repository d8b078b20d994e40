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

constexpr int kDoubles = static_cast<int>(kParzenBlock);
typedef double Doubles __attribute__((vector_size(8 * kDoubles)));
typedef std::int64_t Longs __attribute__((vector_size(8 * kDoubles)));

inline Doubles load(const double* source) {
  Doubles value;
  __builtin_memcpy(&value, source, sizeof value);
  return value;
}

/** Bit l: whether x[l] >= bound; never for NaN. */
inline unsigned not_below(const Doubles& x, double bound) {
#if defined(__AVX512F__)
  return _mm512_cmp_pd_mask(reinterpret_cast<__m512d>(x), _mm512_set1_pd(bound), _CMP_GE_OQ);
#elif defined(__AVX__)
  __m256d half[2];
  __builtin_memcpy(half, &x, sizeof half);
  const __m256d least = _mm256_set1_pd(bound);
  const auto mask = [&](__m256d part) {
    return static_cast<unsigned>(_mm256_movemask_pd(_mm256_cmp_pd(part, least, _CMP_GE_OQ)));
  };
  return mask(half[0]) | mask(half[1]) << 4;
#else
  unsigned mask = 0;
  for (int l = 0; l < kDoubles; ++l) mask |= static_cast<unsigned>(x[l] >= bound) << l;
  return mask;
#endif
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

}  // namespace

std::size_t parzen_scan(ParzenScan& scan, std::size_t from, std::size_t to, std::int32_t* survivors,
                        double* terms) {
  std::size_t found = 0;
  double floor = scan.largest - scan.margin;
  for (std::size_t j = from; j < to; j += kDoubles) {
    Doubles t = load(scan.log_weight + j);
    unsigned alive = ~0u;
    for (std::size_t p = 0; p < scan.n_parameters && alive != 0; ++p) {
      const ParzenScanColumn& column = scan.columns[p];
      Doubles distance = column.x - load(column.mu + j);
      if (column.half > 0) {
        distance = (distance < 0 ? -distance : distance) - column.half;
        distance = distance < 0 ? Doubles{} : distance;
      }
      const Doubles z = distance * load(column.inverse_sigma + j);
      t += (load(column.constant + j) + column.offset) - 0.5 * z * z;
      alive = not_below(t, floor - column.rest);
    }
    if (alive == 0) continue;
    alive = not_below(t, floor);
    if (to - j < kDoubles) alive &= (1u << (to - j)) - 1;
#if defined(__AVX512F__)
    if (scan.exact) {
      const __m512d values = reinterpret_cast<__m512d>(t);
      const auto mask = static_cast<__mmask8>(alive);
      _mm512_storeu_pd(terms + found, _mm512_maskz_compress_pd(mask, values));
      found += static_cast<std::size_t>(__builtin_popcount(alive));
      const __m512d known = _mm512_set1_pd(scan.largest);
      if (_mm512_mask_cmp_pd_mask(mask, values, known, _CMP_GT_OQ) != 0) {
        scan.largest = _mm512_mask_reduce_max_pd(mask, values);
        floor = scan.largest - scan.margin;
      }
      continue;
    }
#endif
    for (; alive != 0; alive &= alive - 1) {
      const int l = __builtin_ctz(alive);
      if (scan.exact && t[l] > scan.largest) {
        scan.largest = t[l];
        floor = scan.largest - scan.margin;
      }
      survivors[found] = static_cast<std::int32_t>(j) + l;
      terms[found] = t[l];
      ++found;
    }
  }
  return found;
}

double parzen_sum_exp(const double* terms, std::size_t n, double shift) {
  Doubles sum = {};
  for (std::size_t j = 0; j < n; j += kDoubles) {
    const Doubles x = load(terms + j) - shift;
    sum += exp_of(x > -700.0 ? x : Doubles{} - 700.0);
  }
  double total = 0;
  for (int l = 0; l < kDoubles; ++l) total += sum[l];
  return total;
}

}  // namespace trialforge::cpu::TRIALFORGE_ISA
