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
  const std::size_t m = 7;
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
    for (const std::size_t d : {1, 3, 20}) compare(n, d);
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
