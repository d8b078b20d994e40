#include "trialforge/fronts.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "parzen_example.h"
#include "reference/fronts.h"
#include "testing.h"

namespace trialforge::testing {
namespace {

std::vector<std::int32_t> best_of(Fronts& fronts, std::size_t n) {
  std::vector<std::int32_t> best(n);
  fronts.best(best);
  return best;
}

void expect_same(const std::string& what, const std::vector<std::int32_t>& actual,
                 const std::vector<std::int32_t>& expected) {
  expect_close(what, actual, expected, 0.5, 0);
}

/** Rows close to a sphere around the worst losses: `spread` 0, and none dominates another. */
std::vector<double> sphere(std::size_t n, std::size_t m, std::uint64_t seed, double spread) {
  std::vector<double> losses = uniform_doubles(n * m, seed, 0.01, 1);
  const std::vector<double> further = uniform_doubles(n, seed + 1, 0, spread);
  for (std::size_t i = 0; i < n; ++i) {
    double square = 0;
    for (std::size_t k = 0; k < m; ++k) square += losses[i * m + k] * losses[i * m + k];
    for (std::size_t k = 0; k < m; ++k) {
      losses[i * m + k] = 1 - losses[i * m + k] / std::sqrt(square) + further[i];
    }
  }
  return losses;
}

/** Rows that join one after the other against what `expected` says of the first of them. */
void grow(const std::string& what, const std::vector<double>& losses, std::size_t m,
          const std::function<std::vector<std::int32_t>(std::span<const double>, std::size_t)>&
              expected) {
  Fronts fronts(m);
  for (std::size_t i = 0; (i + 1) * m <= losses.size(); ++i) {
    const double number = static_cast<double>(i);
    fronts.add({&number, 1}, std::span(losses).subspan(i * m, m));
    const std::span<const double> first = std::span(losses).first((i + 1) * m);
    for (const std::size_t n : {(i + 10) / 10, (i + 3) / 3, (4 * i + 5) / 5}) {
      if (i % 3 == 0) fronts.cost(n);
      expect_same(what + ": " + std::to_string(n) + " of " + std::to_string(i + 1),
                  best_of(fronts, n), expected(first, n));
    }
  }
}

const Register plain("fronts: what grew row by row gives the best by the plain rules", [] {
  for (const std::size_t m : {2, 3, 4, 5}) {
    for (const double spread : {0.0, 0.5}) {
      grow(std::to_string(m) + " objectives", sphere(m < 4 ? 40 : 20, m, m, spread), m,
           [&](auto first, auto n) { return reference::best_rows(first, m, n); });
    }
  }
});

const Register kept("fronts: what is kept of the choice before is what is found from nothing", [] {
  for (const std::size_t m : {2, 3, 4, 5}) {
    const auto from_nothing = [&](std::span<const double> first, std::size_t n) {
      Fronts fronts(m);
      std::vector<double> numbers(first.size() / m);
      std::iota(numbers.begin(), numbers.end(), 0.0);
      fronts.add(numbers, first);
      return best_of(fronts, n);
    };
    grow("a sphere", sphere(120, m, 3, 0), m, from_nothing);
    grow("near a sphere", sphere(200, m, 5, 0.3), m, from_nothing);
    std::vector<double> grid = uniform_doubles(150 * m, 7, 0, 4);
    for (double& x : grid) x = std::floor(x);
    grow("a grid with copies", grid, m, from_nothing);
    std::vector<double> endless = uniform_doubles(100 * m, 9, 0, 1);
    for (double& x : endless) x = x < 0.02 ? -INFINITY : x > 0.98 ? INFINITY : x;
    grow("endless losses", endless, m, from_nothing);
    std::vector<double> huge = uniform_doubles(60 * m, 11, -1, 1);
    for (double& x : huge) x *= 8.9e307;
    grow("huge losses", huge, m, from_nothing);
    grow("equal losses", std::vector<double>(40 * m, 0.0), m, from_nothing);
  }
});

const Register copies("fronts: copies come last, and of equal rows the lowest number first", [] {
  Fronts fronts(2);
  const std::vector<double> numbers{5, 3, 4, 1}, losses{1, 2, 1, 2, 2, 1, 1, 2};
  fronts.add(numbers, losses);
  expect_same("two", best_of(fronts, 2), {3, 2});
  expect_same("three", best_of(fronts, 3), {3, 1, 2});
  expect_same("none", best_of(fronts, 0), {});
});

const Register refused("fronts: what is no loss is refused, and nothing changes", [] {
  expect_error(ErrorCode::invalid_argument, "nObjectives", [] { Fronts one(1); });
  Fronts fronts(2);
  const double number = 0;
  const std::vector<double> wrong{0, NAN};
  expect_error(ErrorCode::invalid_argument, "NaN", [&] { fronts.add({&number, 1}, wrong); });
  expect_error(ErrorCode::invalid_argument, "losses", [&] { fronts.add({&number, 1}, {}); });
  expect_error(ErrorCode::invalid_argument, "rows", [&] { best_of(fronts, 1); });
  check(fronts.size() == 0, "a row was added");
});

const Register volumes("hypervolume: equals counted cells", [] {
  for (const std::size_t m : {1, 2, 3, 4, 5}) {
    for (const std::size_t n : {0, 1, 2, 3, 12}) {
      std::vector<double> points = uniform_doubles(n * m, n + m, 0, 5);
      for (double& x : points) x = std::floor(x);
      const std::vector<double> reference(m, 6);
      const double actual = hypervolume(points, reference);
      check(actual == reference::hypervolume(points, reference),
            std::to_string(n) + " points of " + std::to_string(m));
    }
  }
  expect_error(ErrorCode::invalid_argument, "reference", [] { hypervolume({}, {}); });
});

}  // namespace
}  // namespace trialforge::testing
