// Points of a mixture, by counted random numbers.
#include <algorithm>
#include <cmath>
#include <limits>

#include "cpu/parzen.h"
#include "trialforge/random.h"

namespace trialforge::cpu {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/** The first element of `cumulative` above `u` of the last one. */
std::size_t weighted_index(std::span<const double> cumulative, double u) {
  const auto inner = cumulative.first(cumulative.size() - 1);
  return std::upper_bound(inner.begin(), inner.end(), u * cumulative.back()) - inner.begin();
}

std::size_t drawn_choice(std::span<const double> probability, double u) {
  double total = 0;
  for (const double value : probability) total += value;
  double sum = 0;
  for (std::size_t c = 0; c + 1 < probability.size(); ++c) {
    sum += probability[c];
    if (sum > u * total) return c;
  }
  return probability.size() - 1;
}

/** Of one probability alone: the last bits of a batch depend on all of it. */
double truncated_normal_quantile(double u, double a, double b) {
  double z = 0;
  truncated_normal_ppf({&u, 1}, {&a, 1}, {&b, 1}, {&z, 1});
  return z;
}

double drawn_number(const ParzenParameter& p, std::size_t j, double u) {
  const double mu = p.mu[j], sigma = p.sigma[j];
  if (is_truncated(p.kernel)) {
    const double z = truncated_normal_quantile(u, (p.low - mu) / sigma, (p.high - mu) / sigma);
    return std::clamp(mu + sigma * z, p.low, p.high);
  }
  const double x = mu + sigma * truncated_normal_quantile(u, -infinity, infinity);
  const bool is_log =
      p.kernel == ParzenKernel::log_normal || p.kernel == ParzenKernel::log_normal_mass;
  return is_log ? std::exp(x) : x;
}

}  // namespace

void parzen_sample(std::span<const double> cumulative, std::span<const ParzenParameter> parameters,
                   std::uint64_t seed, std::uint64_t step, std::span<double> out) {
  const std::size_t d = parameters.size();
  for (std::size_t i = 0; i < out.size() / d; ++i) {
    const auto uniform = [&](std::size_t draw) {
      const auto words = random_block(seed, RandomPurpose::parzen, step, i * (d + 1) + draw);
      return uniform_double(words[0], words[1]);
    };
    const std::size_t j = weighted_index(cumulative, uniform(0));
    for (std::size_t p = 0; p < d; ++p) {
      const ParzenParameter& parameter = parameters[p];
      const double u = uniform(1 + p);
      out[i * d + p] =
          parameter.kernel == ParzenKernel::categorical
              ? static_cast<double>(drawn_choice(
                    parameter.probability.subspan(j * parameter.n_choices, parameter.n_choices), u))
              : drawn_number(parameter, j, u);
    }
  }
}

}  // namespace trialforge::cpu
