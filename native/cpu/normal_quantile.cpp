#include "cpu/normal_quantile.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace trialforge::cpu {
namespace {

/** The ratio of two polynomials of degree 7, lowest coefficient first. */
double ratio(double x, const double (&upper)[8], const double (&lower)[8]) {
  double numerator = upper[7], denominator = lower[7];
  for (int i = 6; i >= 0; --i) {
    numerator = numerator * x + upper[i];
    denominator = denominator * x + lower[i];
  }
  return numerator / denominator;
}

constexpr double central_upper[8] = {3.3871328727963666080e0, 1.3314166789178437745e2,
                                     1.9715909503065514427e3, 1.3731693765509461125e4,
                                     4.5921953931549871457e4, 6.7265770927008700853e4,
                                     3.3430575583588128105e4, 2.5090809287301226727e3};
constexpr double central_lower[8] = {1,
                                     4.2313330701600911252e1,
                                     6.8718700749205790830e2,
                                     5.3941960214247511077e3,
                                     2.1213794301586595867e4,
                                     3.9307895800092710610e4,
                                     2.8729085735721942674e4,
                                     5.2264952788528545610e3};
constexpr double tail_upper[8] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                                  5.76949722146069140550e0,  3.64784832476320460504e0,
                                  1.27045825245236838258e0,  2.41780725177450611770e-1,
                                  2.27238449892691845833e-2, 7.74545014278341407640e-4};
constexpr double tail_lower[8] = {1,
                                  2.05319162663775882187e0,
                                  1.67638483018380384940e0,
                                  6.89767334985100004550e-1,
                                  1.48103976427480074590e-1,
                                  1.51986665636164571966e-2,
                                  5.47593808499534494600e-4,
                                  1.05075007164441684324e-9};
constexpr double far_upper[8] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                 1.78482653991729133580e0,  2.96560571828504891230e-1,
                                 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                 2.71155556874348757815e-5, 2.01033439929228813265e-7};
constexpr double far_lower[8] = {1,
                                 5.99832206555887937690e-1,
                                 1.36929880922735805310e-1,
                                 1.48753612908506148525e-2,
                                 7.86869131145613259100e-4,
                                 1.84631831751005468180e-5,
                                 1.42151175831644588870e-7,
                                 2.04426310338993978564e-15};

/** Of q = p - 1/2. */
bool is_central(double q) { return std::abs(q) <= 0.425; }
double central_quantile(double q) {
  return q * ratio(0.180625 - q * q, central_upper, central_lower);
}

double outer_quantile(double p) {
  const double q = p - 0.5;
  const double r = std::sqrt(-std::log(q < 0 ? p : 1 - p));
  const double x =
      r <= 5 ? ratio(r - 1.6, tail_upper, tail_lower) : ratio(r - 5, far_upper, far_lower);
  return q < 0 ? -x : x;
}

}  // namespace

double normal_quantile(double p) {
  const double q = p - 0.5;
  return is_central(q) ? central_quantile(q) : outer_quantile(p);
}

void normal_quantiles(std::span<double> p) {
  constexpr std::size_t block = 32;
  std::array<double, block> central;
  for (std::size_t from = 0; from < p.size(); from += block) {
    const std::span<double> values = p.subspan(from, std::min(block, p.size() - from));
    // Most are central; without a branch several are computed side by side.
    for (std::size_t i = 0; i < values.size(); ++i) central[i] = central_quantile(values[i] - 0.5);
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = is_central(values[i] - 0.5) ? central[i] : outer_quantile(values[i]);
    }
  }
}

}  // namespace trialforge::cpu
