// The standard normal distribution in log space, so that masses far in a tail keep their digits.
#pragma once

namespace trialforge::cuda::device {

constexpr double half_log_two_pi = 0.91893853320467274178;
constexpr double inverse_sqrt_two = 0.70710678118654752440;
constexpr double log_of_two = 0.69314718055994530942;

/** P(Z <= x), with erfc where 1 + erf would cancel. */
template <typename T>
__device__ T normal_cdf(T x) {
  const T t = x * T(inverse_sqrt_two);
  if (t < T(-inverse_sqrt_two)) return T(0.5) * erfc(-t);
  if (t < T(inverse_sqrt_two)) return T(0.5) + T(0.5) * erf(t);
  return 1 - T(0.5) * erfc(t);
}

/** log P(Z <= x). */
template <typename T>
__device__ T log_normal_cdf(T x) {
  constexpr bool is_double = sizeof(T) == 8;
  // Beyond it erfc is close to the least positive number.
  constexpr T series_below = is_double ? -20 : -10;
  constexpr T epsilon = is_double ? 0x1p-52 : 0x1p-23;
  if (x > 6) return -normal_cdf(-x);
  if (!(x <= series_below)) return log(normal_cdf(x));
  const T inverse_square = 1 / (x * x);
  T sum = 1, term = 1;
  for (int odd = 1; fabs(term) > epsilon; odd += 2) {
    term *= -odd * inverse_square;
    sum += term;
  }
  return -x * x / 2 - log(-x) - T(half_log_two_pi) + log(sum);
}

/** log(e^p - e^q) for p >= q. */
template <typename T>
__device__ T log_sub_exp(T p, T q) {
  return p + log1p(-exp(q - p));
}

/** log P(a < Z <= b) for a <= b. */
template <typename T>
__device__ T log_normal_mass(T a, T b) {
  if (a <= 0 && b > 0) {
    const T below = T(0.5) + T(0.5) * erf(a * T(inverse_sqrt_two));
    const T above = T(0.5) + T(0.5) * erf(-b * T(inverse_sqrt_two));
    return log1p(-below - above);
  }
  // In the lower tail.
  const bool mirrored = a > 0;
  return log_sub_exp(log_normal_cdf(mirrored ? -a : b), log_normal_cdf(mirrored ? -b : a));
}

/**
 * The same in float. Where the cumulative distribution at the ends would cancel, by the density's
 * Taylor series around the middle.
 */
__device__ inline float log_normal_mass_float(double a, double b) {
  const float width = static_cast<float>(b - a), middle = static_cast<float>((a + b) / 2);
  if (width * fmaxf(1, fabsf(middle)) < 0.5f) {
    const float w = width * width, m = middle * middle;
    const float series = w * ((m - 1) / 24 + w * ((m - 6) * m + 3) / 1920);
    return -m / 2 - static_cast<float>(half_log_two_pi) + logf(width) + log1pf(series);
  }
  const float from = static_cast<float>(a), to = static_cast<float>(b);
  if (from <= 0 && to > 0) return log_normal_mass(from, to);
  const bool mirrored = from > 0;
  const float p = log_normal_cdf(mirrored ? -from : to);
  const float q = log_normal_cdf(mirrored ? -to : from);
  // The width times the middle is 0.5 or more, so more than this apart but for rounding.
  return log_sub_exp(p, fminf(q, p - 0.25f));
}

/** log(e^p + e^q). */
__device__ inline double log_add_exp(double p, double q) {
  if (p == q) return p + log_of_two;
  return p > q ? p + log1p(exp(q - p)) : q + log1p(exp(p - q));
}

/** The x with log P(Z <= x) = y, by Newton's method. */
__device__ inline double inverse_log_normal_cdf(double y) {
  constexpr int most_rounds = 100;
  constexpr double relative_step = 1e-8;
  constexpr double logistic_scale = 0.55132889542179204;  // sqrt(3) / pi
  // Close to 0 the upper tail carries the digits.
  const bool flipped = y > -1e-2;
  const double z = flipped ? log(-expm1(y)) : y;
  double x = z < -5 ? -sqrt(-2 * (z + half_log_two_pi)) : -logistic_scale * log(expm1(-z));
  for (int round = 0; round < most_rounds; ++round) {
    const double log_cdf = log_normal_cdf(x);
    const double step = (log_cdf - z) * exp(log_cdf + x * x / 2 + half_log_two_pi);
    x -= step;
    if (fabs(step) < relative_step * fabs(x)) break;
  }
  return flipped ? -x : x;
}

/** The quantile of the standard normal truncated to [a, b], a < b, for a probability in (0, 1). */
__device__ inline double truncated_normal_ppf(double q, double a, double b) {
  const double log_mass = log_normal_mass(a, b);
  // Intervals that start left of the mean are solved from the lower tail, the others mirrored.
  if (a < 0) return inverse_log_normal_cdf(log_add_exp(log_normal_cdf(a), log(q) + log_mass));
  return -inverse_log_normal_cdf(log_add_exp(log_normal_cdf(-b), log1p(-q) + log_mass));
}

}  // namespace trialforge::cuda::device
