#include "cpu/normal_distribution.h"

#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "cpu/normal_quantile.h"
#include "cpu/parzen.h"
#include "testing.h"

namespace trialforge::testing {
namespace {

constexpr double epsilon = 2.3e-16;

/** P(Z > x), with digits in the upper tail. */
long double upper_tail(long double x) { return erfcl(x / sqrtl(2.0L)) / 2; }

/** log P(Z <= x), for x above -150. */
long double plain_log_cdf(long double x) {
  return x > 1 ? log1pl(-upper_tail(x)) : logl(upper_tail(-x));
}

void expect_within(const std::string& what, long double actual, long double expected,
                   long double tolerance) {
  check(std::abs(actual - expected) <= tolerance,
        what + " is " + std::to_string(actual) + ", not " + std::to_string(expected) + ": " +
            std::to_string(static_cast<double>(std::abs(actual - expected) / tolerance)) +
            " times the tolerance");
}

const Register log_cdf(
    "parzen normal distribution: log P(Z <= x) has its digits in both tails", [] {
      for (double x = -140; x <= 37; x += 0.37) {
        const long double expected = plain_log_cdf(x);
        // In the upper tail an error of x by one unit is one of the tail by x^2 of them. As in
        // Optuna, the logarithm is that of a number close to 1 up to 6, and then its series' first
        // term.
        const long double relative = x > 0 ? 1 + x * x : 1;
        const long double absolute = x > 6 ? expected * expected : x > 0 ? epsilon : 0;
        expect_within("log P(Z <= " + std::to_string(x) + ")", cpu::log_normal_cdf(x), expected,
                      8 * epsilon * relative * std::abs(expected) + absolute);
      }
      check(std::isnan(cpu::log_normal_cdf(NAN)), "NaN has a probability");
      check(cpu::log_normal_cdf(INFINITY) == 0, "all is more than Infinity");
    });

const Register log_mass("parzen normal distribution: masses far in a tail have their digits", [] {
  for (const double a :
       {-120.0, -38.0, -20.5, -8.0, -1.0, -1e-3, 0.0, 0.5, 5.0, 8.4, 19.0, 60.0, 140.0}) {
    for (const double width : {1e-3, 0.1, 1.0, 7.0, 30.0}) {
      const double b = a + width;
      const bool upper = a + b > 0;
      const long double lower_end = upper ? upper_tail(a) : upper_tail(-b);
      const long double upper_end = upper ? upper_tail(b) : upper_tail(-a);
      const long double expected = a <= 0 && b > 0 && -a > 0.3L && b > 0.3L
                                       ? log1pl(-upper_tail(-a) - upper_tail(b))
                                       : logl(lower_end - upper_end);
      // Subtracted logarithms lose what the two ends have in common.
      const long double share = (lower_end - upper_end) / lower_end;
      const long double size = std::abs(logl(lower_end)) + 1;
      expect_within("log P(" + std::to_string(a) + " < Z <= " + std::to_string(b) + ")",
                    cpu::log_normal_mass(a, b), expected, 16 * epsilon * size / share);
    }
  }
});

const Register quantile("parzen normal distribution: quantiles far in the tails", [] {
  for (double exponent = -307; exponent < 0; exponent += 0.43) {
    const double p = 0.5 * std::pow(10, exponent);
    const double x = cpu::normal_quantile(p);
    long double exact = x;
    for (int round = 0; round < 4; ++round) {
      const long double density =
          expl(-exact * exact / 2) / sqrtl(2 * std::numbers::pi_v<long double>);
      exact -= (upper_tail(-exact) - p) / density;
    }
    expect_within("the quantile of 1e" + std::to_string(exponent), x, exact,
                  8 * epsilon * std::abs(exact));
  }
});

const Register inverse("parzen normal distribution: the inverse of log P(Z <= x) in both tails",
                       [] {
                         std::vector<double> y;
                         for (double size = 1e-300; size < 9000; size *= 7.7) y.push_back(-size);
                         // Elements of a batch have rounds in common: one by one they must do as
                         // well.
                         std::vector<double> together = y;
                         cpu::inverse_log_normal_cdf(together);
                         for (std::size_t i = 0; i < y.size(); ++i) {
                           double x = y[i];
                           cpu::inverse_log_normal_cdf({&x, 1});
                           for (const double found : {x, together[i]}) {
                             const long double tail = -expm1l(y[i]);
                             const bool upper = y[i] > -0.7;
                             const long double expected = upper ? tail : y[i];
                             const long double actual =
                                 upper ? upper_tail(found) : plain_log_cdf(found);
                             // An error of x by one unit in the last place is one of the tail by
                             // x^2 of them.
                             const long double relative = upper ? 2 + found * found : 4;
                             expect_within("the inverse of " + std::to_string(y[i]), actual,
                                           expected, 8 * epsilon * relative * std::abs(expected));
                           }
                         }
                       });

const Register truncated("parzen normal distribution: truncated quantiles far in a tail", [] {
  for (const double a : {-30.0, -9.0, -2.0, 0.0, 1.5, 6.0, 12.0, 30.0}) {
    for (const double width : {0.01, 1.0, 20.0}) {
      const double b = a + width;
      for (const double q : {1e-12, 1e-3, 0.25, 0.5, 0.9, 1 - 1e-9}) {
        double x = 0;
        cpu::truncated_normal_ppf({&q, 1}, {&a, 1}, {&b, 1}, {&x, 1});
        check(a <= x && x <= b, "a quantile is outside: " + std::to_string(x));
        const bool upper = a > 0;
        // The share of the mass below x, of tails that have their digits.
        const long double whole =
            upper ? upper_tail(a) - upper_tail(b) : upper_tail(-b) - upper_tail(-a);
        const long double part =
            upper ? upper_tail(a) - upper_tail(x) : upper_tail(-x) - upper_tail(-a);
        const long double size = (upper ? upper_tail(a) : upper_tail(-b)) / whole;
        expect_within("the part of (" + std::to_string(a) + ", " + std::to_string(b) +
                          ") below the " + std::to_string(q) + " quantile",
                      part / whole, q, 64 * epsilon * (2 + a * a + b * b) * size);
      }
    }
  }
});

}  // namespace
}  // namespace trialforge::testing
