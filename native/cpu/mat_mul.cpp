// Matrix products by the three products of a dense layer, which differ in what is transposed.
#include <algorithm>

#include "cpu/floats.h"
#include "cpu/kernels/kernels.h"
#include "cpu/ops.h"
#include "cpu/partition.h"

namespace trialforge::cpu {
namespace {

/** y += bias in every row, then the activation. */
void finish(ThreadPool& pool, int rows, int columns, const float* bias, Activation activation,
            float* y) {
  if (bias == nullptr && activation == Activation::linear) return;
  const Kernels& k = kernels();
  constexpr int kRows = 64;
  pool.parallel_for(divide_up(rows, kRows), [&](std::int64_t task, int) {
    const std::int64_t end = std::min<std::int64_t>(rows, (task + 1) * kRows);
    for (std::int64_t row = task * kRows; row < end; ++row) {
      float* const at = y + row * columns;
      if (bias != nullptr) k.add_rows(bias, 1, columns, at);
      k.activation_forward(activation, at, at, columns);
    }
  });
}

/** One product, b as it lies in memory. */
void multiply(ThreadPool& pool, const MatMulShape& s, const float* a, const float* b,
              const float* bias, Activation activation, float* y) {
  if (s.transpose_a && s.transpose_b) {
    Floats turned(static_cast<std::size_t>(s.m) * s.k);
    kernels().transpose(a, s.m, s.k, s.m, turned.data(), s.k);
    MatMulShape rest = s;
    rest.transpose_a = false;
    multiply(pool, rest, turned.data(), b, bias, activation, y);
  } else if (s.transpose_b) {
    dense_backward(pool, {.batch = s.m, .in_features = s.n, .out_features = s.k},
                   {.x = nullptr, .w = b, .dy = a, .dx = y});
    finish(pool, s.m, s.n, bias, activation, y);
  } else if (s.transpose_a) {
    dense_backward(pool, {.batch = s.k, .in_features = s.m, .out_features = s.n},
                   {.x = a, .w = nullptr, .dy = b, .dw = y});
    finish(pool, s.m, s.n, bias, activation, y);
  } else {
    dense_forward(pool, {.batch = s.m, .in_features = s.k, .out_features = s.n}, a, b, bias,
                  activation, y);
  }
}

}  // namespace

void mat_mul(ThreadPool& pool, const MatMulShape& shape, const float* a, const float* b,
             const float* bias, Activation activation, float* y) {
  MatMulShape s = shape;
  if (s.k == 0) {
    std::fill_n(y, s.y_size(), 0.0f);
    finish(pool, s.batch() * s.m, s.n, bias, activation, y);
    return;
  }
  // The rows of a whole batch are one matrix where all are multiplied by the same one.
  if (s.batch_b == 1 && !s.transpose_a) {
    s.m *= s.batch_a;
    s.batch_a = 1;
  }
  const std::size_t a_step = s.batch_a == 1 ? 0 : static_cast<std::size_t>(s.m) * s.k;
  const std::size_t b_step = s.batch_b == 1 ? 0 : static_cast<std::size_t>(s.k) * s.n;
  const std::size_t y_step = static_cast<std::size_t>(s.m) * s.n;
  for (int i = 0; i < s.batch(); ++i) {
    multiply(pool, s, a + i * a_step, b + i * b_step, bias, activation, y + i * y_step);
  }
}

}  // namespace trialforge::cpu
