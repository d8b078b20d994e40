#include "trialforge/parzen_history.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "cpu/normal_quantile.h"
#include "parzen_example.h"
#include "reference/parzen.h"
#include "testing.h"
#include "trialforge/parzen.h"

namespace trialforge::testing {
namespace {

/** Widths of distinct mus as the estimator defines them, by sorting and loops. */
std::vector<double> plain_widths(const std::vector<double>& mu, double low, double high) {
  const std::size_t n = mu.size();
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return mu[a] < mu[b]; });
  std::vector<double> sigma(n);
  for (std::size_t k = 0; k < n; ++k) {
    const double here = mu[order[k]];
    double left = here - (k == 0 ? low : mu[order[k - 1]]);
    double right = (k + 1 == n ? high : mu[order[k + 1]]) - here;
    if (n > 1 && k == 0) left = right;
    if (n > 1 && k + 1 == n) right = left;
    const double least = (high - low) / std::min(100.0, static_cast<double>(n) + 2);
    sigma[order[k]] = std::clamp(std::max(left, right), least, high - low);
  }
  sigma.push_back(high - low);
  return sigma;
}

/** `n` rows of `d` numbers, one after the other, against the plain sums. */
void compare(std::size_t n, std::size_t d) {
  const std::vector<ParzenDimension> dimensions(d, {.low = -1, .high = 3});
  ParzenHistory history(dimensions, {});
  const std::vector<double> rows = uniform_doubles(n * d, 5, -1, 3);
  for (std::size_t i = 0; i < n; ++i) {
    const double number = static_cast<double>(i);
    const std::int32_t side = 1;
    history.update({&number, 1}, {&side, 1}, std::span(rows).subspan(i * d, d));
  }
  const std::size_t m = 3;
  const std::vector<double> points = uniform_doubles(m * d, 6, -1, 3);
  const std::vector<double> log_weights(n + 1, -std::log(static_cast<double>(n) + 1));
  std::vector<std::vector<double>> mu(d), sigma(d), x(d);
  std::vector<ParzenParameter> parameters(d);
  for (std::size_t p = 0; p < d; ++p) {
    for (std::size_t i = 0; i < n; ++i) mu[p].push_back(rows[i * d + p]);
    for (std::size_t i = 0; i < m; ++i) x[p].push_back(points[i * d + p]);
    sigma[p] = plain_widths(mu[p], -1, 3);
    mu[p].push_back(1);
    parameters[p].kernel = ParzenKernel::truncated_normal;
    parameters[p].mu = mu[p];
    parameters[p].sigma = sigma[p];
    parameters[p].low = -1;
    parameters[p].high = 3;
    parameters[p].x = x[p];
  }
  std::vector<double> actual(m), expected(m);
  history.log_pdf(ParzenSide::above, log_weights, points, actual);
  reference::parzen_log_pdf(log_weights, parameters, expected);
  expect_close(std::to_string(n) + " rows of " + std::to_string(d), std::span(actual),
               std::span(expected), 1e-10, 1e-10);
}

const Register grown("parzen history: what grew row by row equals the plain sums", [] {
  for (const std::size_t n : {0, 1, 2, 3, 8, 9, 63, 64, 65, 97, 98, 99, 300}) {
    for (const std::size_t d : {1, 3, 9}) compare(n, d);
  }
});

/** Choices of many candidates against each candidate's own densities. */
void compare_choices(const std::vector<ParzenDimension>& dimensions, std::size_t n, double spread) {
  constexpr std::size_t m = 24;
  const std::size_t d = dimensions.size();
  ParzenHistory history(dimensions, {});
  std::vector<double> rows = uniform_doubles(n * d, 5, 0, 1), numbers(n);
  std::vector<std::int32_t> sides(n);
  for (std::size_t i = 0; i < n; ++i) {
    numbers[i] = static_cast<double>(i);
    sides[i] = i % 7 == 3 ? 2 : 1;
    for (std::size_t p = 0; p < d; ++p) {
      const ParzenDimension& dimension = dimensions[p];
      double& x = rows[i * d + p];
      if (dimension.n_choices > 0) {
        x = std::floor(x * static_cast<double>(dimension.n_choices));
        continue;
      }
      const double from_middle = (x - 0.5) * spread;
      x = (dimension.low + dimension.high) / 2 + from_middle * (dimension.high - dimension.low);
      if (dimension.step > 0) {
        x = dimension.low + std::round((x - dimension.low) / dimension.step) * dimension.step;
      }
    }
  }
  history.update(numbers, sides, rows);
  const std::size_t n_below = history.size(ParzenSide::below);
  const std::vector<double> weights(n_below + 1, 1 / (static_cast<double>(n_below) + 1));
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    std::vector<double> uniforms = uniform_doubles(m * (d + 1), 100 + seed, 0, 0.999);
    std::vector<double> chosen(d), best(d), candidate(d), own(d + 1);
    history.choose(uniforms, weights, {}, {}, m, chosen);
    double largest = -INFINITY;
    for (std::size_t i = 0; i < m; ++i) {
      for (std::size_t k = 0; k <= d; ++k) own[k] = uniforms[k * m + i];
      history.choose(own, weights, {}, {}, 1, candidate);
      double below = 0, above = 0;
      history.log_pdf(ParzenSide::below, {}, candidate, {&below, 1});
      history.log_pdf(ParzenSide::above, {}, candidate, {&above, 1});
      if (below - above > largest) {
        largest = below - above;
        best = candidate;
      }
    }
    expect_close(
        std::to_string(n) + " rows of " + std::to_string(d) + ", choice " + std::to_string(seed),
        chosen, best, 0, 0);
  }
}

const Register chosen("parzen history: what is chosen has the largest ratio of all candidates", [] {
  const ParzenDimension number{.low = -1, .high = 3}, choice{.n_choices = 4};
  const ParzenDimension logarithm{.low = 0.01, .high = 8, .log = true};
  const ParzenDimension whole{.low = 0, .high = 9, .step = 1};
  const ParzenDimension large{.low = 1, .high = 3000, .step = 1, .log = true};
  for (const std::size_t n : {0, 1, 7, 60, 80, 300, 1000}) {
    for (const double spread : {1.0, 0.1}) {
      compare_choices({number}, n, spread);
      compare_choices({logarithm}, n, spread);
      compare_choices({number, number, logarithm}, n, spread);
      compare_choices(std::vector<ParzenDimension>(20, number), n, spread);
      compare_choices({number, choice, whole, large}, n, spread);
      compare_choices({large, choice}, n, spread);
    }
  }
});

const Register outside(
    "parzen history: points outside have no density, rows outside do no harm", [] {
      const ParzenDimension unit{.low = 0, .high = 1};
      ParzenHistory history({&unit, 1}, {});
      const std::vector<double> numbers{0, 1, 2}, rows{-40, 0.5, 7}, log_weights(4, std::log(0.25));
      const std::vector<std::int32_t> sides{1, 1, 1};
      history.update(numbers, sides, rows);
      const std::vector<double> points{-0.1, 1.1, 0.5};
      std::vector<double> out(3);
      history.log_pdf(ParzenSide::above, log_weights, points, out);
      check(out[0] == -INFINITY && out[1] == -INFINITY, "a point outside has a density");
      check(std::isfinite(out[2]), "a point inside has none");
    });

const Register refused("parzen history: nothing changes when an update is refused", [] {
  const ParzenDimension unit{.low = 0, .high = 1};
  ParzenHistory history({&unit, 1}, {});
  const std::vector<double> numbers{0, 1}, rows{0.5, NAN};
  const std::vector<std::int32_t> sides{1, 1};
  expect_error(ErrorCode::invalid_argument, "rows[1]",
               [&] { history.update(numbers, sides, rows); });
  check(history.size(ParzenSide::above) == 0, "the first row was taken");
});

const Register quantiles("parzen history: normal quantiles invert the distribution", [] {
  for (const double p : {1e-300, 1e-20, 1e-9, 0.01, 0.0749, 0.0751, 0.3, 0.5, 0.7, 0.93, 0.999}) {
    const double x = cpu::normal_quantile(p);
    const double back = 0.5 * std::erfc(-x / std::sqrt(2.0));
    // An error of x by one unit in the last place is one of p by x^2 of them.
    check(std::abs(back - p) <= 4e-16 * (2 + x * x) * p,
          "quantile of " + std::to_string(p) + " is " + std::to_string(x));
  }
});

}  // namespace
}  // namespace trialforge::testing
