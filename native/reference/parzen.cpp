#include "reference/parzen.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace trialforge::reference {
namespace {

/** The normal density at x. */
long double density(double x, double mu, double sigma) {
  const long double z = (static_cast<long double>(x) - mu) / sigma;
  return std::exp(-z * z / 2) / (sigma * std::sqrt(2 * std::numbers::pi_v<long double>));
}

/** The integral of e^((t^2 - z^2) / 2) over z in [a, b], where t is the point of [a, b] nearest 0.
 */
long double scaled_integral(long double a, long double b, long double t) {
  // Beyond 40 widths of the density's scale there nothing is left that double precision could see.
  const long double scale = 40 / std::max(1.0L, std::abs(t));
  const long double from = std::max(a, t - scale), to = std::min(b, t + scale);
  constexpr int intervals = 4000;
  const long double h = (to - from) / intervals;
  long double sum = 0;
  for (int i = 0; i <= intervals; ++i) {
    const long double z = from + h * i;
    const int weight = i == 0 || i == intervals ? 1 : (i % 2 == 1 ? 4 : 2);
    sum += weight * std::exp((t - z) * (t + z) / 2);
  }
  return sum * h / 3;
}

long double mass(double lower, double upper, double mu, double sigma) {
  return std::exp(static_cast<long double>(
      reference::log_normal_mass((lower - mu) / sigma, (upper - mu) / sigma)));
}

/** p_j(point i) of one parameter. */
long double probability(const ParzenParameter& p, std::size_t j, std::size_t i) {
  switch (p.kernel) {
    case ParzenKernel::truncated_normal:
      if (p.x[i] < p.low || p.x[i] > p.high) return 0;
      return density(p.x[i], p.mu[j], p.sigma[j]) / mass(p.low, p.high, p.mu[j], p.sigma[j]);
    case ParzenKernel::truncated_normal_mass:
      return mass(p.lower[i], p.upper[i], p.mu[j], p.sigma[j]) /
             mass(p.low, p.high, p.mu[j], p.sigma[j]);
    case ParzenKernel::categorical:
      return p.probability[j * p.n_choices + p.choice[i]];
    case ParzenKernel::normal:
      return density(p.x[i], p.mu[j], p.sigma[j]);
    case ParzenKernel::log_normal:
      return p.x[i] > 0 ? density(std::log(p.x[i]), p.mu[j], p.sigma[j]) / p.x[i] : 0;
    case ParzenKernel::normal_mass:
      return mass(p.lower[i], p.upper[i], p.mu[j], p.sigma[j]);
    case ParzenKernel::log_normal_mass:
      return mass(std::log(std::max(p.lower[i], 1e-12)), std::log(std::max(p.upper[i], 1e-12)),
                  p.mu[j], p.sigma[j]);
  }
  return 0;
}

}  // namespace

double log_normal_mass(double a, double b) {
  const long double t = std::clamp(0.0L, static_cast<long double>(a), static_cast<long double>(b));
  return static_cast<double>(std::log(scaled_integral(a, b, t)) - t * t / 2 -
                             std::log(2 * std::numbers::pi_v<long double>) / 2);
}

void parzen_log_pdf(std::span<const double> log_weight, std::span<const ParzenParameter> parameters,
                    std::span<double> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    long double sum = 0;
    for (std::size_t j = 0; j < log_weight.size(); ++j) {
      long double product = std::exp(static_cast<long double>(log_weight[j]));
      for (const ParzenParameter& parameter : parameters) product *= probability(parameter, j, i);
      sum += product;
    }
    out[i] = static_cast<double>(std::log(sum));
  }
}

void truncated_normal_ppf(std::span<const double> q, std::span<const double> a,
                          std::span<const double> b, std::span<double> out) {
  for (std::size_t i = 0; i < q.size(); ++i) {
    double low = a[i], high = b[i];
    const double total = log_normal_mass(a[i], b[i]);
    for (int round = 0; round < 60; ++round) {
      const double middle = (low + high) / 2;
      const bool below = log_normal_mass(a[i], middle) - total < std::log(q[i]);
      (below ? low : high) = middle;
    }
    out[i] = (low + high) / 2;
  }
}

}  // namespace trialforge::reference
