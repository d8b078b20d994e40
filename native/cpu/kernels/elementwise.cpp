// Element-wise kernels: activations, dropout, scaling and the optimizer rules.
#include <cmath>

#include "cpu/kernels/declarations.h"
#include "cpu/kernels/map.h"
#include "cpu/kernels/math.h"
#include "cpu/kernels/simd.h"

namespace trialforge::cpu::TRIALFORGE_ISA {

void activation_forward(Activation activation, const float* x, float* y, std::size_t n) {
  switch (activation) {
    case Activation::linear:
      if (x != y) __builtin_memmove(y, x, n * sizeof(float));
      return;
    case Activation::relu:
      return map(x, y, n, [](Vector v) { return v <= 0.0f ? Vector{} : v; });
    case Activation::elu:
      return map(x, y, n, [](Vector v) { return v > 0.0f ? v : expm1(v); });
    case Activation::tanh:
      return map(x, y, n, [](Vector v) { return tanh(v); });
    case Activation::sigmoid:
      return map(x, y, n, [](Vector v) { return sigmoid(v); });
    case Activation::softplus:
      return map(x, y, n, [](Vector v) { return softplus(v); });
  }
}

void activation_backward(Activation activation, const float* y, const float* dy, float* dx,
                         std::size_t n) {
  switch (activation) {
    case Activation::linear:
      if (dy != dx) __builtin_memmove(dx, dy, n * sizeof(float));
      return;
    case Activation::relu:
      return map2(y, dy, dx, n, [](Vector v, Vector d) { return v <= 0.0f ? Vector{} : d; });
    case Activation::elu:
      return map2(y, dy, dx, n, [](Vector v, Vector d) { return v > 0.0f ? d : d * (v + 1.0f); });
    case Activation::tanh:
      return map2(y, dy, dx, n, [](Vector v, Vector d) { return d * ((1.0f - v) * (1.0f + v)); });
    case Activation::sigmoid:
      return map2(y, dy, dx, n, [](Vector v, Vector d) { return d * (v * (1.0f - v)); });
    case Activation::softplus:
      return map2(y, dy, dx, n, [](Vector v, Vector d) { return d * -expm1(-v); });
  }
}

void scale_bytes(const std::uint8_t* x, float scale, float* y, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) y[i] = static_cast<float>(x[i]) * scale;
}

void sum_parts(const float* parts, int n_parts, std::size_t stride, float* y, std::size_t n) {
  std::size_t i = 0;
  for (; i + kWidth <= n; i += kWidth) {
    Vector total = load(parts + i);
    for (int p = 1; p < n_parts; ++p) total += load(parts + p * stride + i);
    store(y + i, total);
  }
  for (; i < n; ++i) {
    float total = parts[i];
    for (int p = 1; p < n_parts; ++p) total += parts[p * stride + i];
    y[i] = total;
  }
}

void dropout(const std::uint32_t* words, std::uint32_t threshold, float scale, const float* x,
             float* y, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) y[i] = (words[i] >> 8) < threshold ? 0.0f : x[i] * scale;
}

void optimizer_step(const OptimizerSpec& spec, float rate, const float* dw, float* w, float* state,
                    std::size_t stride, std::size_t n) {
  const float epsilon = spec.epsilon, rho = spec.rho, momentum = spec.momentum;
  float* const s0 = state;
  float* const s1 = state + stride;
  float* const s2 = state + 2 * stride;
  // Whole vectors, then the rest by the same arithmetic on a partial vector.
  const auto each = [n](auto step) {
    std::size_t i = 0;
    for (; i + kWidth <= n; i += kWidth) step(i, kWidth);
    if (i < n) step(i, static_cast<int>(n - i));
  };
  switch (spec.kind) {
    case OptimizerKind::sgd:
      if (momentum == 0) {
        return each([=](std::size_t i, int m) {
          store_partial(w + i, load_partial(w + i, m) - rate * load_partial(dw + i, m), m);
        });
      }
      return each([=, nesterov = spec.nesterov](std::size_t i, int m) {
        const Vector g = load_partial(dw + i, m);
        const Vector v = momentum * load_partial(s0 + i, m) - rate * g;
        store_partial(s0 + i, v, m);
        const Vector move = nesterov ? momentum * v - rate * g : v;
        store_partial(w + i, load_partial(w + i, m) + move, m);
      });
    case OptimizerKind::adam:
      return each([=, beta_1 = spec.beta_1, beta_2 = spec.beta_2](std::size_t i, int m) {
        const Vector g = load_partial(dw + i, m);
        const Vector mean = beta_1 * load_partial(s0 + i, m) + (1 - beta_1) * g;
        const Vector square = beta_2 * load_partial(s1 + i, m) + (1 - beta_2) * (g * g);
        store_partial(s0 + i, mean, m);
        store_partial(s1 + i, square, m);
        const Vector move = rate * mean / (sqrt(square) + epsilon);
        store_partial(w + i, load_partial(w + i, m) - move, m);
      });
    case OptimizerKind::rmsprop:
      return each([=, centered = spec.centered](std::size_t i, int m) {
        const Vector g = load_partial(dw + i, m);
        const Vector square = rho * load_partial(s0 + i, m) + (1 - rho) * (g * g);
        store_partial(s0 + i, square, m);
        Vector denominator = square + epsilon;
        if (centered) {
          const Vector mean = rho * load_partial(s1 + i, m) + (1 - rho) * g;
          store_partial(s1 + i, mean, m);
          denominator -= mean * mean;
        }
        Vector move = rate * g / sqrt(denominator);
        if (momentum > 0) {
          move += momentum * load_partial(s2 + i, m);
          store_partial(s2 + i, move, m);
        }
        store_partial(w + i, load_partial(w + i, m) - move, m);
      });
    case OptimizerKind::adagrad:
      return each([=](std::size_t i, int m) {
        const Vector g = load_partial(dw + i, m);
        const Vector total = load_partial(s0 + i, m) + g * g;
        store_partial(s0 + i, total, m);
        const Vector move = rate * g / sqrt(total + epsilon);
        store_partial(w + i, load_partial(w + i, m) - move, m);
      });
    case OptimizerKind::adadelta:
      return each([=](std::size_t i, int m) {
        const Vector g = load_partial(dw + i, m);
        const Vector square = rho * load_partial(s0 + i, m) + (1 - rho) * (g * g);
        store_partial(s0 + i, square, m);
        const Vector moved = load_partial(s1 + i, m);
        const Vector move = sqrt(moved + epsilon) / sqrt(square + epsilon) * g;
        store_partial(s1 + i, rho * moved + (1 - rho) * (move * move), m);
        store_partial(w + i, load_partial(w + i, m) - rate * move, m);
      });
  }
}

}  // namespace trialforge::cpu::TRIALFORGE_ISA
