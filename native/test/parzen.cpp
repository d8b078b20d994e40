#include "trialforge/parzen.h"

#include <cmath>
#include <limits>
#include <vector>

#include "cpu/normal_distribution.h"
#include "parzen_example.h"
#include "reference/parzen.h"
#include "testing.h"

namespace trialforge::testing {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

void expect_value(const std::string& what, double actual, double expected, double relative,
                  double absolute = 0) {
  expect_close(what, std::span<const double>(&actual, 1), std::span<const double>(&expected, 1),
               absolute, relative);
}

const Register log_cdf_values("parzen: log of the normal CDF at values of Optuna 5.0", [] {
  const double table[][2] = {{-30, -454.32124395634315},
                             {-20, -203.91715537109727},
                             {-10, -53.23128515051246},
                             {6.5, -4.016000583859125e-11}};
  for (const auto& [x, expected] : table) {
    expect_value("log_normal_cdf(" + std::to_string(x) + ")", cpu::log_normal_cdf(x), expected,
                 1e-14);
  }
});

const Register mass_values("parzen: truncated normal at values of Optuna 5.0", [] {
  expect_value("mass(-1, 2)", cpu::log_normal_mass(-1, 2), -0.20016629432446262, 1e-14);
  expect_value("mass(1, 2)", cpu::log_normal_mass(1, 2), -1.9957982691807554, 1e-14);
  const std::vector<double> q(3, 0.3), a{-1, 1, 5}, b{2, 2, 30};
  const std::vector<double> expected{-0.24240381788922705, 1.1856325685206257, 5.068334263013015};
  std::vector<double> out(3);
  truncated_normal_ppf(q, a, b, out);
  expect_close("ppf(0.3)", std::span(out), std::span(expected), 0, 1e-13);
});

const Register mass_integral("parzen: log mass equals the integral, far tails included", [] {
  const double intervals[][2] = {{-1, 2},   {0, 1e-3},    {-1e-6, 1e-6}, {-40, -39}, {-25, -19},
                                 {19, 21},  {39, 40},     {-8, 8},       {3, 3.001}, {-100, -99},
                                 {-6, 0},   {0, 6},       {5.9, 6.1},    {-21, 0.5}, {1, 200},
                                 {30, 500}, {-0.7, 0.71}, {-38, 38}};
  for (const auto& [a, b] : intervals) {
    expect_value("mass(" + std::to_string(a) + ", " + std::to_string(b) + ")",
                 cpu::log_normal_mass(a, b), reference::log_normal_mass(a, b), 1e-9, 1e-15);
  }
});

const Register ppf_bisection("parzen: quantiles equal those found by bisection", [] {
  const std::vector<double> q{0.01, 0.3, 0.999, 0.5, 1e-6, 0.7, 0.25};
  const std::vector<double> a{-3, 0, -50, 10, -1, -20, 2};
  const std::vector<double> b{3, 0.5, -40, 12, 100, -10, 40};
  std::vector<double> out(q.size()), expected(q.size());
  truncated_normal_ppf(q, a, b, out);
  reference::truncated_normal_ppf(q, a, b, expected);
  expect_close("ppf", std::span(out), std::span(expected), 1e-9, 1e-9);
});

const Register ppf_ends("parzen: quantiles 0 and 1 are the ends, no interval is NaN", [] {
  const std::vector<double> q{0, 1, 0.5, 0.5}, a{-2, 1, 3, -infinity}, b{5, 4, 3, infinity};
  std::vector<double> out(4);
  truncated_normal_ppf(q, a, b, out);
  check(out[0] == -2 && out[1] == 4, "q = 0 and q = 1 are not a and b");
  check(std::isnan(out[2]), "a = b is not NaN");
  check(std::abs(out[3]) < 1e-12, "the median of the whole line is not 0");
});

void compare_mixture(const std::string& what, std::size_t k, std::size_t n,
                     const std::vector<ParzenKernel>& kernels) {
  const ParzenExample example(k, n, 3);
  std::vector<ParzenParameter> parameters;
  for (const ParzenKernel kernel : kernels) parameters.push_back(example.parameter(kernel, 3));
  std::vector<double> log_weight = uniform_doubles(k, 8, -3, 0), actual(n), expected(n);
  parzen_log_pdf(log_weight, parameters, actual);
  reference::parzen_log_pdf(log_weight, parameters, expected);
  expect_close(what, std::span(actual), std::span(expected), 1e-8, 1e-8);
}

const Register mixtures("parzen: every kernel alone, and all together, equal the plain sums", [] {
  for (const std::size_t k : {1, 2, 7, 30}) {
    for (const ParzenKernel kernel : every_parzen_kernel) {
      compare_mixture("kernel " + std::to_string(static_cast<int>(kernel)), k, 9, {kernel});
    }
    compare_mixture("all kernels", k, 5, every_parzen_kernel);
    compare_mixture("no parameter", k, 3, {});
  }
  compare_mixture("300 components", 300, 4, {ParzenKernel::normal, ParzenKernel::categorical});
});

const Register integrates("parzen: densities and masses of one parameter integrate to 1", [] {
  const std::size_t k = 5, n = 4000;
  const std::vector<double> mu = uniform_doubles(k, 1, 0, 1),
                            sigma = uniform_doubles(k, 2, 0.02, 1);
  const std::vector<double> log_weight(k, -std::log(static_cast<double>(k)));
  std::vector<double> x(n), lower(n), upper(n), out(n);
  for (std::size_t i = 0; i < n; ++i) {
    lower[i] = static_cast<double>(i) / n;
    upper[i] = static_cast<double>(i + 1) / n;
    x[i] = (lower[i] + upper[i]) / 2;
  }
  for (const ParzenKernel kernel :
       {ParzenKernel::truncated_normal, ParzenKernel::truncated_normal_mass}) {
    const ParzenParameter p{.kernel = kernel,
                            .mu = mu,
                            .sigma = sigma,
                            .low = 0,
                            .high = 1,
                            .x = x,
                            .lower = lower,
                            .upper = upper,
                            .probability = {},
                            .choice = {}};
    parzen_log_pdf(log_weight, std::span(&p, 1), out);
    double total = 0;
    for (const double value : out) {
      total += std::exp(value) / (kernel == ParzenKernel::truncated_normal ? n : 1);
    }
    expect_value("total", total, 1, 1e-4);
  }
});

const Register nothing_there("parzen: points without density are -Infinity, never NaN", [] {
  const std::vector<double> mu{0.5}, sigma{0.1}, log_weight{0};
  const std::vector<double> x{-1, 2, infinity}, lower{0.5, 0.7, -infinity},
      upper{0.5, 0.6, -infinity};
  for (const ParzenKernel kernel :
       {ParzenKernel::truncated_normal, ParzenKernel::truncated_normal_mass,
        ParzenKernel::normal_mass, ParzenKernel::log_normal_mass}) {
    const ParzenParameter p{.kernel = kernel,
                            .mu = mu,
                            .sigma = sigma,
                            .low = 0,
                            .high = 1,
                            .x = x,
                            .lower = lower,
                            .upper = upper,
                            .probability = {},
                            .choice = {}};
    std::vector<double> out(3);
    parzen_log_pdf(log_weight, std::span(&p, 1), out);
    for (const double value : out) check(value == -infinity, "not -Infinity");
  }
});

const Register logs("parzen: natural logarithms, in place too", [] {
  std::vector<double> x{1, 2.5, 0, infinity};
  natural_logs(x, x);
  check(x[0] == 0 && x[1] == std::log(2.5) && x[2] == -infinity && x[3] == infinity, "wrong");
  expect_error(ErrorCode::invalid_argument, "out must have 4",
               [&] { natural_logs(x, std::span(x).first(3)); });
});

const Register refusals("parzen: bad arguments are refused by name", [] {
  const ParzenExample example(2, 3, 3);
  const std::vector<double> log_weight{-1, -1};
  std::vector<double> out(3);
  const auto refuse = [&](const std::string& part, ParzenKernel kernel, auto&& change) {
    ParzenParameter p = example.parameter(kernel, 3);
    change(p);
    expect_error(ErrorCode::invalid_argument, part,
                 [&] { parzen_log_pdf(log_weight, std::span(&p, 1), out); });
  };
  const std::vector<double> one{1}, nans{NAN, NAN, NAN}, zeros{0, 0};
  const std::vector<std::int32_t> high{0, 1, 3}, negative{0, -1, 0};
  using K = ParzenKernel;
  refuse("parameters[0].mu must have 2", K::normal, [&](auto& p) { p.mu = one; });
  refuse("parameters[0].sigma must have 2", K::normal, [&](auto& p) { p.sigma = one; });
  refuse("sigma[0] must be finite and positive", K::truncated_normal,
         [&](auto& p) { p.sigma = zeros; });
  refuse("mu[0] must be finite", K::normal, [&](auto& p) { p.mu = std::span(nans).first(2); });
  refuse("x must have 3", K::log_normal, [&](auto& p) { p.x = one; });
  refuse("x[0] must be a number", K::normal, [&](auto& p) { p.x = nans; });
  refuse("lower[0]", K::normal_mass, [&](auto& p) { p.lower = nans; });
  refuse("upper must have 3", K::log_normal_mass, [&](auto& p) { p.upper = one; });
  refuse("low < high", K::truncated_normal, [&](auto& p) { p.low = p.high; });
  refuse("low < high", K::truncated_normal_mass, [&](auto& p) { p.high = NAN; });
  refuse("nChoices", K::categorical, [&](auto& p) { p.n_choices = 0; });
  refuse("2 rows of 4", K::categorical, [&](auto& p) { p.n_choices = 4; });
  refuse("choice must have 3", K::categorical, [&](auto& p) { p.choice = p.choice.first(2); });
  refuse("choice[2] must be in 0..2, not 3", K::categorical, [&](auto& p) { p.choice = high; });
  refuse("choice[1]", K::categorical, [&](auto& p) { p.choice = negative; });
  refuse("probability[0]", K::categorical, [&](auto& p) {
    p.n_choices = 1;
    p.probability = std::span(nans).first(2);
  });
  expect_error(ErrorCode::invalid_argument, "logWeight", [&] { parzen_log_pdf({}, {}, out); });
  expect_error(ErrorCode::invalid_argument, "logWeight[1]", [&] {
    parzen_log_pdf(std::vector<double>{0, NAN}, {}, out);
  });
  const std::vector<double> q{0.5}, bad_q{1.5}, a{1}, b{2};
  std::vector<double> x(1);
  expect_error(ErrorCode::invalid_argument, "q[0]", [&] { truncated_normal_ppf(bad_q, a, b, x); });
  expect_error(ErrorCode::invalid_argument, "a[0]", [&] { truncated_normal_ppf(q, b, a, x); });
  expect_error(ErrorCode::invalid_argument, "b must have 1",
               [&] { truncated_normal_ppf(q, a, zeros, x); });
  expect_error(ErrorCode::invalid_argument, "out must have 1",
               [&] { truncated_normal_ppf(q, a, b, std::span(x).first(0)); });
});

}  // namespace
}  // namespace trialforge::testing
