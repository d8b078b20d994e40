#include "cpu/activation.h"

#include <cmath>
#include <cstring>

// The output may be an input, element by element, which is no obstacle to vector code.
#if defined(__clang__)
#define TRIALFORGE_ELEMENTWISE _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define TRIALFORGE_ELEMENTWISE _Pragma("GCC ivdep")
#else
#define TRIALFORGE_ELEMENTWISE
#endif

namespace trialforge::cpu {
namespace {

template <typename Function>
void map(const float* x, float* y, std::size_t n, Function function) {
  TRIALFORGE_ELEMENTWISE
  for (std::size_t i = 0; i < n; ++i) y[i] = function(x[i]);
}

template <typename Function>
void map(const float* x1, const float* x2, float* y, std::size_t n, Function function) {
  TRIALFORGE_ELEMENTWISE
  for (std::size_t i = 0; i < n; ++i) y[i] = function(x1[i], x2[i]);
}

void copy(const float* x, float* y, std::size_t n) {
  if (x != y) std::memmove(y, x, n * sizeof(float));
}

}  // namespace

void activation_forward(Activation activation, const float* x, float* y, std::size_t n) {
  switch (activation) {
    case Activation::linear:
      return copy(x, y, n);
    case Activation::relu:
      return map(x, y, n, [](float v) { return v <= 0 ? 0.0f : v; });
    case Activation::elu:
      return map(x, y, n, [](float v) { return v > 0 ? v : std::expm1(v); });
    case Activation::tanh:
      return map(x, y, n, [](float v) { return std::tanh(v); });
    case Activation::sigmoid:
      return map(x, y, n, [](float v) { return 1 / (1 + std::exp(-v)); });
    case Activation::softplus:
      return map(x, y, n,
                 [](float v) { return (v > 0 ? v : 0.0f) + std::log1p(std::exp(-std::abs(v))); });
  }
}

void activation_backward(Activation activation, const float* y, const float* dy, float* dx,
                         std::size_t n) {
  switch (activation) {
    case Activation::linear:
      return copy(dy, dx, n);
    case Activation::relu:
      return map(y, dy, dx, n, [](float v, float d) { return v <= 0 ? 0.0f : d; });
    case Activation::elu:
      return map(y, dy, dx, n, [](float v, float d) { return v > 0 ? d : d * (v + 1); });
    case Activation::tanh:
      return map(y, dy, dx, n, [](float v, float d) { return d * ((1 - v) * (1 + v)); });
    case Activation::sigmoid:
      return map(y, dy, dx, n, [](float v, float d) { return d * (v * (1 - v)); });
    case Activation::softplus:
      return map(y, dy, dx, n, [](float v, float d) { return d * -std::expm1(-v); });
  }
}

}  // namespace trialforge::cpu
