#include "gradient.h"

namespace trialforge::testing {

double dot(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

std::vector<double> slopes(const std::function<double()>& objective, std::span<double> at,
                           double step) {
  std::vector<double> result(at.size());
  for (std::size_t i = 0; i < at.size(); ++i) {
    const double value = at[i];
    at[i] = value + step;
    const double high = objective();
    at[i] = value - step;
    const double low = objective();
    at[i] = value;
    result[i] = (high - low) / (2 * step);
  }
  return result;
}

}  // namespace trialforge::testing
