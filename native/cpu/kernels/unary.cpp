// Functions of one element. Where they are plain loops, the compiler makes vectors of them; those
// that call the C library are rare in networks.
#include <algorithm>
#include <cmath>
#include <limits>

#include "cpu/kernels/declarations.h"
#include "cpu/kernels/map.h"
#include "cpu/kernels/math.h"

namespace trialforge::cpu::TRIALFORGE_ISA {
namespace {

template <typename X, typename Y, typename F>
inline void loop(const X* x, Y* y, std::size_t n, F f) {
  for (std::size_t i = 0; i < n; ++i) y[i] = static_cast<Y>(f(x[i]));
}

std::int32_t wrap(std::uint32_t x) { return static_cast<std::int32_t>(x); }

void unary_floats(UnaryOp op, const UnaryParameters& parameters, const float* x, float* y,
                  std::size_t n, bool past_caches) {
  const float alpha = parameters.alpha, beta = parameters.beta;
  const Vector zero = {}, one = broadcast(1.0f);
  const auto map = [=](auto f) { TRIALFORGE_ISA::map(x, y, n, f, past_caches); };
  switch (op) {
    case UnaryOp::abs:
      return map([](Vector v) { return abs(v); });
    case UnaryOp::acos:
      return loop(x, y, n, [](float v) { return std::acos(v); });
    case UnaryOp::acosh:
      return loop(x, y, n, [](float v) { return std::acosh(v); });
    case UnaryOp::asin:
      return loop(x, y, n, [](float v) { return std::asin(v); });
    case UnaryOp::asinh:
      return loop(x, y, n, [](float v) { return std::asinh(v); });
    case UnaryOp::atan:
      return loop(x, y, n, [](float v) { return std::atan(v); });
    case UnaryOp::atanh:
      return loop(x, y, n, [](float v) { return std::atanh(v); });
    case UnaryOp::ceil:
      return loop(x, y, n, [](float v) { return std::ceil(v); });
    case UnaryOp::cos:
      return loop(x, y, n, [](float v) { return std::cos(v); });
    case UnaryOp::cosh:
      return loop(x, y, n, [](float v) { return std::cosh(v); });
    case UnaryOp::elu:
      return map([](Vector v) { return v > 0.0f ? v : expm1(v); });
    case UnaryOp::erf:
      return map([](Vector v) { return erf(v); });
    case UnaryOp::exp:
      return map([](Vector v) { return exp(v); });
    case UnaryOp::expm1:
      return map([](Vector v) { return expm1_to_infinity(v); });
    case UnaryOp::floor:
      return loop(x, y, n, [](float v) { return std::floor(v); });
    case UnaryOp::log:
      return map([](Vector v) { return log(v); });
    case UnaryOp::log1p:
      return map([](Vector v) { return log1p(v); });
    case UnaryOp::neg:
      return map([](Vector v) { return -v; });
    case UnaryOp::reciprocal:
      return map([](Vector v) { return 1.0f / v; });
    case UnaryOp::relu:
      return map([=](Vector v) { return v <= 0.0f ? zero : v; });
    case UnaryOp::relu6:
      return map([=](Vector v) { return v <= 0.0f ? zero : v > 6.0f ? one * 6.0f : v; });
    case UnaryOp::round:
      return loop(x, y, n, [](float v) { return std::nearbyint(v); });
    case UnaryOp::rsqrt:
      return map([](Vector v) { return 1.0f / sqrt(v); });
    case UnaryOp::selu: {
      // Klambauer et al. 2017
      constexpr float scale = 1.0507009873554805f, scale_alpha = 1.7580993408473769f;
      return map([](Vector v) { return v > 0.0f ? v * scale : expm1(v) * scale_alpha; });
    }
    case UnaryOp::sigmoid:
      return map([](Vector v) { return sigmoid(v); });
    case UnaryOp::sign:
      return map([=](Vector v) { return v > 0.0f ? one : v < 0.0f ? -one : zero; });
    case UnaryOp::sin:
      return loop(x, y, n, [](float v) { return std::sin(v); });
    case UnaryOp::sinh:
      return loop(x, y, n, [](float v) { return std::sinh(v); });
    case UnaryOp::softplus:
      return map([](Vector v) { return softplus(v); });
    case UnaryOp::sqrt:
      return map([](Vector v) { return sqrt(v); });
    case UnaryOp::square:
      return map([](Vector v) { return v * v; });
    case UnaryOp::tan:
      return loop(x, y, n, [](double v) { return std::tan(v); });
    case UnaryOp::tanh:
      return map([](Vector v) { return tanh(v); });
    case UnaryOp::leaky_relu:
      return map([=](Vector v) { return v < 0.0f ? v * alpha : v; });
    case UnaryOp::step:
      return map([=, otherwise = broadcast(alpha)](Vector v) {
        return v > 0.0f ? one : v <= 0.0f ? otherwise : v;
      });
    case UnaryOp::clip:
      return map([low = broadcast(alpha), high = broadcast(beta)](Vector v) {
        return v > high ? high : v < low ? low : v;
      });
    case UnaryOp::is_finite:
    case UnaryOp::is_inf:
    case UnaryOp::is_nan:
    case UnaryOp::logical_not:
      break;  // their results are bytes
  }
}

void unary_integers(UnaryOp op, const UnaryParameters& parameters, const std::int32_t* x,
                    std::int32_t* y, std::size_t n) {
  const double low = parameters.alpha, high = parameters.beta;
  const std::int32_t low_stored = to_int32(low), high_stored = to_int32(high);
  switch (op) {
    case UnaryOp::abs:
      return loop(x, y, n, [](std::int32_t v) {
        return wrap(v < 0 ? 0u - static_cast<std::uint32_t>(v) : static_cast<std::uint32_t>(v));
      });
    case UnaryOp::neg:
      return loop(x, y, n, [](std::int32_t v) { return wrap(0u - static_cast<std::uint32_t>(v)); });
    case UnaryOp::relu:
      return loop(x, y, n, [](std::int32_t v) { return std::max(v, 0); });
    case UnaryOp::relu6:
      return loop(x, y, n, [](std::int32_t v) { return std::min(std::max(v, 0), 6); });
    case UnaryOp::sign:
      return loop(x, y, n, [](std::int32_t v) { return (v > 0) - (v < 0); });
    case UnaryOp::square:
      return loop(x, y, n, [](std::int32_t v) {
        return wrap(static_cast<std::uint32_t>(v) * static_cast<std::uint32_t>(v));
      });
    case UnaryOp::step:
      return loop(x, y, n, [=](std::int32_t v) { return v > 0 ? 1 : low_stored; });
    case UnaryOp::clip:
      return loop(x, y, n, [=](std::int32_t v) {
        return v > high ? high_stored : v < low ? low_stored : v;
      });
    default:
      break;
  }
}

}  // namespace

void unary(UnaryOp op, DType type, const UnaryParameters& parameters, const void* x, void* y,
           std::size_t n, bool past_caches) {
  const float* floats = static_cast<const float*>(x);
  std::uint8_t* bytes = static_cast<std::uint8_t*>(y);
  constexpr float infinity = std::numeric_limits<float>::infinity();
  switch (op) {
    case UnaryOp::is_finite:
      return loop(floats, bytes, n, [](float v) { return std::fabs(v) < infinity; });
    case UnaryOp::is_inf:
      return loop(floats, bytes, n, [](float v) { return std::fabs(v) == infinity; });
    case UnaryOp::is_nan:
      return loop(floats, bytes, n, [](float v) { return v != v; });
    case UnaryOp::logical_not:
      return loop(static_cast<const std::uint8_t*>(x), bytes, n,
                  [](std::uint8_t v) { return v == 0; });
    default:
      break;
  }
  if (type == DType::int32) {
    return unary_integers(op, parameters, static_cast<const std::int32_t*>(x),
                          static_cast<std::int32_t*>(y), n);
  }
  unary_floats(op, parameters, floats, static_cast<float*>(y), n, past_caches);
}

}  // namespace trialforge::cpu::TRIALFORGE_ISA
