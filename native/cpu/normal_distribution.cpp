#include "cpu/normal_distribution.h"

#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

namespace trialforge::cpu {
namespace {

const double half_log_two_pi = 0.5 * std::log(2 * std::numbers::pi);

/** P(Z <= x), with erfc where 1 + erf would cancel. */
double normal_cdf(double x) {
  const double t = x / std::numbers::sqrt2;
  if (t < -1 / std::numbers::sqrt2) return 0.5 * std::erfc(-t);
  if (t < 1 / std::numbers::sqrt2) return 0.5 + 0.5 * std::erf(t);
  return 1 - 0.5 * std::erfc(t);
}

/** The tail's asymptotic series, 1 - 1/x^2 + 1*3/x^4 - 1*3*5/x^6 ..., until a term adds nothing. */
double tail_series(double x) {
  const double inverse_square = 1 / (x * x);
  double sum = 1, previous = 0, factor = 1, power = 1;
  int odd = 1;
  double sign = -1;
  while (std::abs(sum - previous) > std::numeric_limits<double>::epsilon()) {
    previous = sum;
    factor *= odd;
    power *= inverse_square;
    sum += sign * factor * power;
    sign = -sign;
    odd += 2;
  }
  return sum;
}

/** log(e^p - e^q) for p >= q. */
double log_sub_exp(double p, double q) { return p + std::log1p(-std::exp(q - p)); }

double start_of_newton(double z) {
  if (z < -5) return -std::sqrt(-2 * (z + half_log_two_pi));
  // The logistic distribution with the normal's variance.
  return -std::sqrt(3.0) / std::numbers::pi * std::log(std::expm1(-z));
}

}  // namespace

double log_normal_cdf(double x) {
  if (x > 6) return -normal_cdf(-x);
  if (x > -20) return std::log(normal_cdf(x));
  return -x * x / 2 - std::log(-x) - half_log_two_pi + std::log(tail_series(x));
}

double log_normal_mass(double a, double b) {
  if (b <= 0) return log_sub_exp(log_normal_cdf(b), log_normal_cdf(a));
  if (a > 0) return log_sub_exp(log_normal_cdf(-a), log_normal_cdf(-b));
  const auto plain_cdf = [](double x) { return 0.5 + 0.5 * std::erf(x / std::numbers::sqrt2); };
  return std::log1p(-plain_cdf(a) - plain_cdf(-b));
}

double log_add_exp(double p, double q) {
  if (p == q) return p + std::numbers::ln2;
  return p > q ? p + std::log1p(std::exp(q - p)) : q + std::log1p(std::exp(p - q));
}

void inverse_log_normal_cdf(std::span<double> y) {
  constexpr int max_rounds = 100;
  constexpr double relative_step = 1e-8;
  const std::size_t n = y.size();
  std::vector<double> z(n), x(n);
  std::vector<bool> flipped(n);
  for (std::size_t i = 0; i < n; ++i) {
    // Close to 0 the upper tail carries the digits.
    flipped[i] = y[i] > -1e-2;
    z[i] = flipped[i] ? std::log(-std::expm1(y[i])) : y[i];
    x[i] = start_of_newton(z[i]);
  }
  bool converged = n == 0;
  for (int round = 0; round < max_rounds && !converged; ++round) {
    converged = true;
    for (std::size_t i = 0; i < n; ++i) {
      const double log_cdf = log_normal_cdf(x[i]);
      const double step = (log_cdf - z[i]) * std::exp(log_cdf + x[i] * x[i] / 2 + half_log_two_pi);
      x[i] -= step;
      if (!(std::abs(step) < relative_step * std::abs(x[i]))) converged = false;
    }
  }
  for (std::size_t i = 0; i < n; ++i) y[i] = flipped[i] ? -x[i] : x[i];
}

}  // namespace trialforge::cpu
