// Row by row: the largest logit, the sum of exp(logit - largest) in double, then the outputs.
#include <cmath>
#include <cstddef>
#include <limits>

#include "cpu/ops.h"

namespace trialforge::cpu {
namespace {

/** Skips NaN, which then spoils the sum of exponentials. */
float largest(const float* x /* [n] */, int n) {
  float result = -std::numeric_limits<float>::infinity();
  for (int i = 0; i < n; ++i) result = x[i] > result ? x[i] : result;
  return result;
}

double sum_of_exponentials(const float* x /* [n] */, int n, float maximum) {
  double sum = 0;
  for (int i = 0; i < n; ++i) sum += std::exp(x[i] - maximum);
  return sum;
}

int first_index_of(float value, const float* x /* [n] */, int n) {
  for (int i = 0; i < n; ++i) {
    if (x[i] == value) return i;
  }
  return n;
}

std::size_t row_start(int row, int classes) {
  return static_cast<std::size_t>(row) * static_cast<std::size_t>(classes);
}

}  // namespace

void softmax_cross_entropy_sparse(const SoftmaxShape& shape, const float* logits,
                                  const std::int32_t* labels, float scale, float* loss,
                                  float* correct, float* dlogits) {
  const int n = shape.classes;
  for (int row = 0; row < shape.batch; ++row) {
    const float* x = logits + row_start(row, n);
    const int label = labels[row];
    const float maximum = largest(x, n);
    const double sum = sum_of_exponentials(x, n, maximum);
    loss[row] = static_cast<float>(std::log(sum)) - (x[label] - maximum);
    const bool is_first_largest = first_index_of(maximum, x, n) == label;
    correct[row] = is_first_largest && !std::isnan(loss[row]) ? 1.0f : 0.0f;
    if (dlogits == nullptr) continue;
    float* dx = dlogits + row_start(row, n);
    const float inverse = static_cast<float>(1 / sum);
    for (int c = 0; c < n; ++c) {
      dx[c] = (std::exp(x[c] - maximum) * inverse - (c == label ? 1.0f : 0.0f)) * scale;
    }
  }
}

void softmax_cross_entropy_dense(const SoftmaxShape& shape, const float* logits,
                                 const float* targets, float scale, float* loss, float* correct,
                                 float* dlogits) {
  const int n = shape.classes;
  for (int row = 0; row < shape.batch; ++row) {
    const float* x = logits + row_start(row, n);
    const float* t = targets + row_start(row, n);
    const float maximum = largest(x, n);
    const double sum = sum_of_exponentials(x, n, maximum);
    const double log_sum = std::log(sum);
    double total = 0, row_loss = 0;
    for (int c = 0; c < n; ++c) {
      total += t[c];
      if (t[c] != 0) row_loss += t[c] * (log_sum - (x[c] - maximum));
    }
    // With no target at all the loop above never meets a NaN logit.
    loss[row] = static_cast<float>(std::isnan(sum) ? sum : row_loss);
    const bool same_index = first_index_of(maximum, x, n) == first_index_of(largest(t, n), t, n);
    correct[row] = same_index && !std::isnan(loss[row]) ? 1.0f : 0.0f;
    if (dlogits == nullptr) continue;
    float* dx = dlogits + row_start(row, n);
    const float factor = static_cast<float>(total / sum);
    for (int c = 0; c < n; ++c) dx[c] = (std::exp(x[c] - maximum) * factor - t[c]) * scale;
  }
}

}  // namespace trialforge::cpu
