#include "reference/activation.h"

#include <cmath>
#include <cstddef>

namespace trialforge::reference {
namespace {

double value(Activation activation, double x) {
  switch (activation) {
    case Activation::linear:
      return x;
    case Activation::relu:
      return x <= 0 ? 0 : x;
    case Activation::elu:
      return x > 0 ? x : std::expm1(x);
    case Activation::tanh:
      return std::tanh(x);
    case Activation::sigmoid:
      return 1 / (1 + std::exp(-x));
    case Activation::softplus:
      return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
  }
  return NAN;
}

/** f'(x) where y = f(x). */
double derivative(Activation activation, double y) {
  switch (activation) {
    case Activation::linear:
      return 1;
    case Activation::relu:
      return y <= 0 ? 0 : 1;
    case Activation::elu:
      return y > 0 ? 1 : y + 1;
    case Activation::tanh:
      return 1 - y * y;
    case Activation::sigmoid:
      return y * (1 - y);
    case Activation::softplus:
      return 1 - std::exp(-y);
  }
  return NAN;
}

}  // namespace

void activation_forward(Activation activation, std::span<const double> x, std::span<double> y) {
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = value(activation, x[i]);
}

void activation_backward(Activation activation, std::span<const double> y,
                         std::span<const double> dy, std::span<double> dx) {
  for (std::size_t i = 0; i < y.size(); ++i) dx[i] = dy[i] * derivative(activation, y[i]);
}

}  // namespace trialforge::reference
