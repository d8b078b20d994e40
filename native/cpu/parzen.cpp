// Log-densities of Parzen mixtures: per point, the components' logarithms are summed over the
// parameters and joined by a shifted log-sum-exp.
#include "cpu/parzen.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "cpu/normal_distribution.h"

namespace trialforge::cpu {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
const double half_log_two_pi = 0.5 * std::log(2 * std::numbers::pi);
// Hyperopt's floors of a width and of an argument of a logarithm.
constexpr double least_width = 1e-12;
constexpr double least_log_argument = 1e-12;

/** log of each component's mass in [low, high]; empty for kernels that are not truncated. */
std::vector<double> log_masses(const ParzenParameter& p) {
  std::vector<double> log_mass(is_truncated(p.kernel) ? p.mu.size() : 0);
  for (std::size_t j = 0; j < log_mass.size(); ++j) {
    log_mass[j] = log_normal_mass((p.low - p.mu[j]) / p.sigma[j], (p.high - p.mu[j]) / p.sigma[j]);
  }
  return log_mass;
}

double log_density(double x, double mu, double sigma) {
  const double z = (x - mu) / sigma;
  return -z * z / 2 - half_log_two_pi - std::log(sigma);
}

double log_of_interval(double lower, double upper, double mu, double sigma) {
  const double width = std::max(std::numbers::sqrt2 * sigma, least_width);
  const auto cdf = [&](double x) { return 0.5 * (1 + std::erf((x - mu) / width)); };
  return std::log(std::max(cdf(upper) - cdf(lower), 0.0));
}

/** Adds log p_j(point i) to terms[j], for all components j. */
void add_parameter(const ParzenParameter& p, std::span<const double> log_mass, std::size_t i,
                   std::span<double> terms /* [k] */) {
  const std::size_t k = terms.size();
  switch (p.kernel) {
    case ParzenKernel::truncated_normal: {
      const bool inside = p.low <= p.x[i] && p.x[i] <= p.high;
      for (std::size_t j = 0; j < k; ++j) {
        terms[j] += inside ? log_density(p.x[i], p.mu[j], p.sigma[j]) - log_mass[j] : -infinity;
      }
      break;
    }
    case ParzenKernel::truncated_normal_mass: {
      const bool empty = p.lower[i] >= p.upper[i];
      for (std::size_t j = 0; j < k; ++j) {
        terms[j] += empty ? -infinity
                          : log_normal_mass((p.lower[i] - p.mu[j]) / p.sigma[j],
                                            (p.upper[i] - p.mu[j]) / p.sigma[j]) -
                                log_mass[j];
      }
      break;
    }
    case ParzenKernel::categorical:
      for (std::size_t j = 0; j < k; ++j) {
        terms[j] += std::log(p.probability[j * p.n_choices + p.choice[i]]);
      }
      break;
    case ParzenKernel::normal:
      for (std::size_t j = 0; j < k; ++j) {
        terms[j] += log_density(p.x[i], p.mu[j], std::max(p.sigma[j], least_width));
      }
      break;
    case ParzenKernel::log_normal:
      for (std::size_t j = 0; j < k; ++j) {
        const double log_x = std::log(p.x[i]);
        terms[j] += p.x[i] > 0 && p.x[i] < infinity
                        ? log_density(log_x, p.mu[j], std::max(p.sigma[j], least_width)) - log_x
                        : -infinity;
      }
      break;
    case ParzenKernel::normal_mass:
      for (std::size_t j = 0; j < k; ++j) {
        terms[j] += log_of_interval(p.lower[i], p.upper[i], p.mu[j], p.sigma[j]);
      }
      break;
    case ParzenKernel::log_normal_mass: {
      const double log_lower = std::log(std::max(p.lower[i], least_log_argument));
      const double log_upper = std::log(std::max(p.upper[i], least_log_argument));
      for (std::size_t j = 0; j < k; ++j) {
        terms[j] += log_of_interval(log_lower, log_upper, p.mu[j], p.sigma[j]);
      }
      break;
    }
  }
}

}  // namespace

double pairwise_sum(std::span<const double> values) {
  constexpr std::size_t lanes = 8, block = 128;
  const std::size_t n = values.size();
  if (n < lanes) {
    double sum = 0;
    for (const double value : values) sum += value;
    return sum;
  }
  if (n > block) {
    const std::size_t half = n / 2 - n / 2 % lanes;
    return pairwise_sum(values.first(half)) + pairwise_sum(values.subspan(half));
  }
  double lane[lanes];
  std::copy_n(values.begin(), lanes, lane);
  std::size_t i = lanes;
  for (; i + lanes <= n; i += lanes) {
    for (std::size_t l = 0; l < lanes; ++l) lane[l] += values[i + l];
  }
  double sum =
      ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
  for (; i < n; ++i) sum += values[i];
  return sum;
}

double log_sum_exp(std::span<double> terms) {
  double shift = *std::max_element(terms.begin(), terms.end());
  if (shift == -infinity) shift = 0;
  for (double& term : terms) term = std::exp(term - shift);
  return std::log(pairwise_sum(terms)) + shift;
}

void parzen_log_pdf(std::span<const double> log_weight, std::span<const ParzenParameter> parameters,
                    std::span<double> out) {
  std::vector<std::vector<double>> log_mass;
  for (const ParzenParameter& parameter : parameters) log_mass.push_back(log_masses(parameter));
  std::vector<double> terms(log_weight.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::fill(terms.begin(), terms.end(), 0.0);
    for (std::size_t p = 0; p < parameters.size(); ++p) {
      add_parameter(parameters[p], log_mass[p], i, terms);
    }
    for (std::size_t j = 0; j < terms.size(); ++j) terms[j] += log_weight[j];
    out[i] = log_sum_exp(terms);
  }
}

void truncated_normal_ppf(std::span<const double> q, std::span<const double> a,
                          std::span<const double> b, std::span<double> out) {
  // Intervals that start left of the mean are solved from the lower tail, the others mirrored.
  for (const bool left : {true, false}) {
    std::vector<std::size_t> members;
    std::vector<double> x;
    for (std::size_t i = 0; i < q.size(); ++i) {
      if ((a[i] < 0) != left) continue;
      const double log_mass = log_normal_mass(a[i], b[i]);
      members.push_back(i);
      x.push_back(left ? log_add_exp(log_normal_cdf(a[i]), std::log(q[i]) + log_mass)
                       : log_add_exp(log_normal_cdf(-b[i]), std::log1p(-q[i]) + log_mass));
    }
    inverse_log_normal_cdf(x);
    for (std::size_t m = 0; m < members.size(); ++m) out[members[m]] = left ? x[m] : -x[m];
  }
  for (std::size_t i = 0; i < q.size(); ++i) {
    if (a[i] == b[i]) {
      out[i] = std::numeric_limits<double>::quiet_NaN();
    } else if (q[i] == 0 || q[i] == 1) {
      out[i] = q[i] == 0 ? a[i] : b[i];
    }
  }
}

}  // namespace trialforge::cpu
