#include "reference/parzen.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "trialforge/random.h"

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

/** The first index up to which the elements add up to more than `u` of their sum. */
std::size_t drawn_index(std::span<const double> weights, double u) {
  double total = 0, sum = 0;
  for (const double weight : weights) total += weight;
  for (std::size_t j = 0; j < weights.size(); ++j) {
    sum += weights[j];
    if (sum > u * total) return j;
  }
  return weights.size() - 1;
}

double drawn_number(const ParzenParameter& p, std::size_t j, double u) {
  // What is further than 38 sigmas from the mean has a probability below the least double.
  constexpr double end = 38;
  double a = -end, b = end, z = 0;
  if (is_truncated(p.kernel)) {
    a = (p.low - p.mu[j]) / p.sigma[j];
    b = (p.high - p.mu[j]) / p.sigma[j];
  }
  reference::truncated_normal_ppf({&u, 1}, {&a, 1}, {&b, 1}, {&z, 1});
  const double x = p.mu[j] + p.sigma[j] * z;
  const bool is_log =
      p.kernel == ParzenKernel::log_normal || p.kernel == ParzenKernel::log_normal_mass;
  return is_log ? std::exp(x) : x;
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

void parzen_sample(std::span<const double> log_weight, std::span<const ParzenParameter> parameters,
                   std::uint64_t seed, std::uint64_t step, std::span<double> out) {
  std::vector<double> weights;
  const double largest = *std::max_element(log_weight.begin(), log_weight.end());
  for (const double value : log_weight) weights.push_back(std::exp(value - largest));
  const std::size_t d = parameters.size();
  for (std::size_t i = 0; i < out.size() / d; ++i) {
    const auto uniform = [&](std::size_t draw) {
      const auto words = random_block(seed, RandomPurpose::parzen, step, i * (d + 1) + draw);
      return uniform_double(words[0], words[1]);
    };
    const std::size_t j = drawn_index(weights, uniform(0));
    for (std::size_t p = 0; p < d; ++p) {
      const ParzenParameter& parameter = parameters[p];
      const std::size_t n = parameter.n_choices;
      out[i * d + p] = parameter.kernel == ParzenKernel::categorical
                           ? drawn_index(parameter.probability.subspan(j * n, n), uniform(1 + p))
                           : drawn_number(parameter, j, uniform(1 + p));
    }
  }
}

}  // namespace trialforge::reference
