#include "trialforge/parzen.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "cpu/parzen.h"
#include "ops/check.h"
#include "ops/parzen_check.h"

namespace trialforge {
namespace {

std::string count(std::size_t n) { return std::to_string(n); }

template <typename Condition>
void require_each(const std::string& name, const char* expected, std::span<const double> values,
                  Condition condition) {
  const auto bad = std::find_if_not(values.begin(), values.end(), condition);
  if (bad == values.end()) return;
  throw Error(ErrorCode::invalid_argument, name + "[" + count(bad - values.begin()) + "] must be " +
                                               expected + ", not " + std::to_string(*bad));
}

bool is_finite(double value) { return std::isfinite(value); }
bool is_number(double value) { return !std::isnan(value); }

void check_numbers(const std::string& name, std::span<const double> values, std::size_t n) {
  require_size(name, values, n);
  require_each(name, "a number", values, is_number);
}

void check_probabilities(const std::string& name, const ParzenParameter& p, std::size_t k) {
  require(p.n_choices > 0, name + ".nChoices must be positive, not 0");
  require(p.probability.size() % p.n_choices == 0 && p.probability.size() / p.n_choices == k,
          name + ".probability must have " + count(k) + " rows of " + count(p.n_choices) +
              " elements, not " + count(p.probability.size()) + " elements");
  require_each(name + ".probability", "in [0, 1]", p.probability,
               [](double value) { return value >= 0 && value <= 1; });
}

void check_choices(const std::string& name, const ParzenParameter& p, std::size_t n) {
  require_size(name + ".choice", p.choice, n);
  for (std::size_t i = 0; i < n; ++i) {
    require(p.choice[i] >= 0 && static_cast<std::size_t>(p.choice[i]) < p.n_choices,
            name + ".choice[" + count(i) + "] must be in 0.." + count(p.n_choices - 1) + ", not " +
                std::to_string(p.choice[i]));
  }
}

}  // namespace

void check_parzen_weights(std::span<const double> log_weight) {
  require(!log_weight.empty(), "logWeight must have at least one element, not 0");
  require_each("logWeight", "a number below Infinity", log_weight,
               [](double value) { return value < INFINITY; });
}

void check_parzen_components(const std::string& name, const ParzenParameter& p, std::size_t k) {
  if (p.kernel == ParzenKernel::categorical) return check_probabilities(name, p, k);
  require_size(name + ".mu", p.mu, k);
  require_each(name + ".mu", "finite", p.mu, is_finite);
  require_size(name + ".sigma", p.sigma, k);
  if (!is_truncated(p.kernel)) {
    return require_each(name + ".sigma", "finite and not negative", p.sigma,
                        [](double value) { return is_finite(value) && value >= 0; });
  }
  require_each(name + ".sigma", "finite and positive", p.sigma,
               [](double value) { return is_finite(value) && value > 0; });
  require(is_finite(p.low) && is_finite(p.high) && p.low < p.high,
          name + ".low and .high must be finite with low < high, not " + std::to_string(p.low) +
              " and " + std::to_string(p.high));
}

void check_parzen_points(const std::string& name, const ParzenParameter& p, std::size_t n) {
  if (p.kernel == ParzenKernel::categorical) return check_choices(name, p, n);
  if (is_density(p.kernel)) return check_numbers(name + ".x", p.x, n);
  check_numbers(name + ".lower", p.lower, n);
  check_numbers(name + ".upper", p.upper, n);
}

void parzen_log_pdf(std::span<const double> log_weight, std::span<const ParzenParameter> parameters,
                    std::span<double> out) {
  check_parzen_weights(log_weight);
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    check_parzen_components(parzen_name(p), parameters[p], log_weight.size());
    check_parzen_points(parzen_name(p), parameters[p], out.size());
  }
  cpu::parzen_log_pdf(log_weight, parameters, out);
}

void natural_logs(std::span<const double> x, std::span<double> out) {
  require_size("out", out, x.size());
  std::transform(x.begin(), x.end(), out.begin(), [](double value) { return std::log(value); });
}

void truncated_normal_ppf(std::span<const double> q, std::span<const double> a,
                          std::span<const double> b, std::span<double> out) {
  require_each("q", "in [0, 1]", q, [](double value) { return value >= 0 && value <= 1; });
  check_numbers("a", a, q.size());
  check_numbers("b", b, q.size());
  require_size("out", out, q.size());
  for (std::size_t i = 0; i < q.size(); ++i) {
    require(a[i] <= b[i], "a[" + count(i) + "] must not exceed b[" + count(i) +
                              "]: " + std::to_string(a[i]) + " > " + std::to_string(b[i]));
  }
  cpu::truncated_normal_ppf(q, a, b, out);
}

}  // namespace trialforge
