// Softmax and its logarithm, row by row, and the steps of it for rows that threads share.
#include "cpu/kernels/declarations.h"
#include "cpu/kernels/math.h"
#include "cpu/kernels/simd.h"

namespace trialforge::cpu::TRIALFORGE_ISA {
namespace {

/** All bits where the lane is below `count`. */
inline IntVector first_lanes(int count) {
  IntVector lanes;
  for (int i = 0; i < kWidth; ++i) lanes[i] = i;
  return lanes < count;
}

/** f(vector, its lanes that count, its position) on all of x, the last one partial. */
template <typename F>
inline void each_vector(const float* x, int n, F f) {
  int i = 0;
  for (; i + kWidth <= n; i += kWidth) f(load(x + i), kWidth, i);
  if (i < n) f(load_partial(x + i, n - i), n - i, i);
}

inline double sum_of_lanes(Vector v) {
  double sum = 0;
  for (int i = 0; i < kWidth; ++i) sum += v[i];
  return sum;
}

}  // namespace

/** Skips NaN. */
float largest(const float* x, int n) {
  const Vector lowest = broadcast(-__builtin_inff());
  Vector best = lowest;
  each_vector(x, n, [&](Vector v, int count, int) {
    if (count < kWidth) v = first_lanes(count) ? v : lowest;
    best = v > best ? v : best;
  });
  float result = best[0];
  for (int i = 1; i < kWidth; ++i) result = best[i] > result ? best[i] : result;
  return result;
}

double exponentials(const float* x, int n, float maximum, float* y) {
  constexpr int block = 16;  // vectors whose sum stays in floats
  double sum = 0;
  Vector part = {};
  int vectors = 0;
  each_vector(x, n, [&](Vector v, int count, int i) {
    Vector e = exp(v - maximum);
    if (count < kWidth) e = first_lanes(count) ? e : Vector{};
    if (y != nullptr) store_partial(y + i, e, count);
    part += e;
    if (++vectors == block) {
      sum += sum_of_lanes(part);
      part = Vector{};
      vectors = 0;
    }
  });
  return sum + sum_of_lanes(part);
}

void scale(const float* x, int n, float factor, float* y) {
  each_vector(x, n, [&](Vector v, int count, int i) { store_partial(y + i, v * factor, count); });
}

void subtract(const float* x, int n, float first, float second, float* y) {
  each_vector(
      x, n, [&](Vector v, int count, int i) { store_partial(y + i, (v - first) - second, count); });
}

void softmax_rows(const float* x, int rows, int n, float* y) {
  for (int row = 0; row < rows; ++row, x += n, y += n) {
    const double sum = exponentials(x, n, largest(x, n), y);
    scale(y, n, static_cast<float>(1 / sum), y);
  }
}

void log_softmax_rows(const float* x, int rows, int n, float* y) {
  for (int row = 0; row < rows; ++row, x += n, y += n) {
    const float maximum = largest(x, n);
    const double sum = exponentials(x, n, maximum, nullptr);
    subtract(x, n, maximum, static_cast<float>(__builtin_log(sum)), y);
  }
}

}  // namespace trialforge::cpu::TRIALFORGE_ISA
