#include "reference/elementwise.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace trialforge::reference {
namespace {

double nearest_even(double x) {
  const double base = std::floor(x), rest = x - base;
  if (rest < 0.5) return base;
  if (rest > 0.5) return base + 1;
  return std::fmod(base, 2) == 0 ? base : base + 1;
}

double value(UnaryOp op, const UnaryParameters& parameters, double x) {
  constexpr double selu_scale = 1.0507009873554804934193349852946;
  constexpr double selu_alpha = 1.6732632423543772848170429916717;
  const double alpha = parameters.alpha, beta = parameters.beta;
  switch (op) {
    case UnaryOp::abs:
      return std::fabs(x);
    case UnaryOp::acos:
      return std::acos(x);
    case UnaryOp::acosh:
      return std::acosh(x);
    case UnaryOp::asin:
      return std::asin(x);
    case UnaryOp::asinh:
      return std::asinh(x);
    case UnaryOp::atan:
      return std::atan(x);
    case UnaryOp::atanh:
      return std::atanh(x);
    case UnaryOp::ceil:
      return std::ceil(x);
    case UnaryOp::cos:
      return std::cos(x);
    case UnaryOp::cosh:
      return std::cosh(x);
    case UnaryOp::elu:
      return x >= 0 ? x : std::expm1(x);
    case UnaryOp::erf:
      return std::erf(x);
    case UnaryOp::exp:
      return std::exp(x);
    case UnaryOp::expm1:
      return std::expm1(x);
    case UnaryOp::floor:
      return std::floor(x);
    case UnaryOp::is_finite:
      return std::isfinite(x);
    case UnaryOp::is_inf:
      return std::isinf(x);
    case UnaryOp::is_nan:
      return std::isnan(x);
    case UnaryOp::log:
      return std::log(x);
    case UnaryOp::log1p:
      return std::log1p(x);
    case UnaryOp::logical_not:
      return x == 0;
    case UnaryOp::neg:
      return -x;
    case UnaryOp::reciprocal:
      return 1 / x;
    case UnaryOp::relu:
      return x <= 0 ? 0 : x;
    case UnaryOp::relu6:
      return x <= 0 ? 0 : x > 6 ? 6 : x;
    case UnaryOp::round:
      return nearest_even(x);
    case UnaryOp::rsqrt:
      return 1 / std::sqrt(x);
    case UnaryOp::selu:
      return selu_scale * (x >= 0 ? x : selu_alpha * std::expm1(x));
    case UnaryOp::sigmoid:
      return 1 / (1 + std::exp(-x));
    case UnaryOp::sign:
      return x < 0 ? -1 : x > 0 ? 1 : 0;
    case UnaryOp::sin:
      return std::sin(x);
    case UnaryOp::sinh:
      return std::sinh(x);
    case UnaryOp::softplus:
      return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
    case UnaryOp::sqrt:
      return std::sqrt(x);
    case UnaryOp::square:
      return x * x;
    case UnaryOp::tan:
      return std::tan(x);
    case UnaryOp::tanh:
      return std::tanh(x);
    case UnaryOp::leaky_relu:
      return x < 0 ? alpha * x : x;
    case UnaryOp::step:
      return std::isnan(x) ? x : x > 0 ? 1 : alpha;
    case UnaryOp::clip:
      return x > beta ? beta : x < alpha ? alpha : x;
  }
  return NAN;
}

double value(BinaryOp op, double a, double b) {
  switch (op) {
    case BinaryOp::add:
      return a + b;
    case BinaryOp::subtract:
      return a - b;
    case BinaryOp::multiply:
      return a * b;
    case BinaryOp::divide:
      return a / b;
    case BinaryOp::floor_divide:
      return std::floor(a / b);
    case BinaryOp::mod: {
      const double rem = std::fmod(a, b);
      const bool same_sign = (a < 0 && b < 0) || (a >= 0 && b >= 0);
      return same_sign ? rem : std::fmod(rem + b, b);
    }
    case BinaryOp::maximum:
      if (a == b) return std::signbit(a) ? b : a;
      return std::isnan(a) || a > b ? a : b;
    case BinaryOp::minimum:
      if (a == b) return std::signbit(a) ? a : b;
      return std::isnan(a) || a < b ? a : b;
    case BinaryOp::pow:
      // Where C has 1, JavaScript has NaN.
      if (b != 0 && std::fabs(a) == 1 && !std::isfinite(b)) return NAN;
      return std::pow(a, b);
    case BinaryOp::squared_difference:
      return (a - b) * (a - b);
    case BinaryOp::atan2:
      return std::atan2(a, b);
    case BinaryOp::relu_grad:
      return b > 0 ? a : b <= 0 ? 0 : b;
    case BinaryOp::elu_grad:
      return b >= 0 ? a : a * (b + 1);
    case BinaryOp::prelu:
      return a < 0 ? b * a : a;
    case BinaryOp::equal:
      return a == b;
    case BinaryOp::not_equal:
      return a != b;
    case BinaryOp::less:
      return a < b;
    case BinaryOp::less_equal:
      return a <= b;
    case BinaryOp::greater:
      return a > b;
    case BinaryOp::greater_equal:
      return a >= b;
    case BinaryOp::logical_and:
      return a != 0 && b != 0;
    case BinaryOp::logical_or:
      return a != 0 || b != 0;
    case BinaryOp::bitwise_and:
      break;
  }
  return NAN;
}

std::int32_t wrap(std::int64_t x) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(static_cast<std::uint64_t>(x)));
}

std::int32_t value(UnaryOp op, const UnaryParameters& parameters, std::int32_t x) {
  if (op == UnaryOp::square) return wrap(std::int64_t{x} * x);
  return to_int32(value(op, parameters, static_cast<double>(x)));
}

/** A product of integers does not fit a double. */
std::int32_t value(BinaryOp op, std::int32_t a, std::int32_t b) {
  switch (op) {
    case BinaryOp::multiply:
      return wrap(std::int64_t{a} * b);
    case BinaryOp::squared_difference: {
      const std::int64_t difference = wrap(std::int64_t{a} - b);
      return wrap(difference * difference);
    }
    case BinaryOp::bitwise_and:
      return a & b;
    default:
      return to_int32(value(op, static_cast<double>(a), static_cast<double>(b)));
  }
}

/** Calls body(i, element of a, element of b) for every element i of the result. */
template <typename Body>
void each_element(std::span<const int> a_shape, std::span<const int> b_shape, Body body) {
  const std::vector<int> shape = broadcast_shape(a_shape, b_shape);
  std::size_t n = 1;
  for (const int size : shape) n *= static_cast<std::size_t>(size);
  const auto element = [&](std::span<const int> operand, std::size_t i) {
    std::size_t at = 0, stride = 1;
    for (std::size_t axis = 1; axis <= operand.size(); ++axis) {
      const auto size = static_cast<std::size_t>(operand[operand.size() - axis]);
      const auto of_result = static_cast<std::size_t>(shape[shape.size() - axis]);
      if (size != 1) at += i % of_result * stride;
      stride *= size;
      i /= of_result;
    }
    return at;
  };
  for (std::size_t i = 0; i < n; ++i) body(i, element(a_shape, i), element(b_shape, i));
}

}  // namespace

std::int32_t to_int32(double x) {
  if (!std::isfinite(x)) return 0;
  return wrap(static_cast<std::int64_t>(std::fmod(std::trunc(x), 4294967296.0)));
}

void unary(UnaryOp op, const UnaryParameters& parameters, std::span<const double> x,
           std::span<double> y) {
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = value(op, parameters, x[i]);
}

void unary(UnaryOp op, const UnaryParameters& parameters, std::span<const std::int32_t> x,
           std::span<std::int32_t> y) {
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = value(op, parameters, x[i]);
}

std::vector<int> broadcast_shape(std::span<const int> a, std::span<const int> b) {
  std::vector<int> shape(std::max(a.size(), b.size()), 1);
  for (std::size_t axis = 1; axis <= shape.size(); ++axis) {
    int& size = shape[shape.size() - axis];
    if (axis <= a.size()) size = a[a.size() - axis];
    if (axis <= b.size() && size == 1) size = b[b.size() - axis];
  }
  return shape;
}

void binary(BinaryOp op, std::span<const int> a_shape, std::span<const int> b_shape,
            std::span<const double> a, std::span<const double> b, std::span<double> y) {
  each_element(a_shape, b_shape, [&](std::size_t i, std::size_t a_at, std::size_t b_at) {
    y[i] = value(op, a[a_at], b[b_at]);
  });
}

void binary(BinaryOp op, std::span<const int> a_shape, std::span<const int> b_shape,
            std::span<const std::int32_t> a, std::span<const std::int32_t> b,
            std::span<std::int32_t> y) {
  each_element(a_shape, b_shape, [&](std::size_t i, std::size_t a_at, std::size_t b_at) {
    y[i] = value(op, a[a_at], b[b_at]);
  });
}

}  // namespace trialforge::reference
