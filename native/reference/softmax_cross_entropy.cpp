#include "reference/softmax_cross_entropy.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace trialforge::reference {
namespace {

using Row = std::span<const double>;

template <typename T>
std::span<T> row_of(std::span<T> matrix, int row, int classes) {
  const auto n = static_cast<std::size_t>(classes);
  return matrix.subspan(static_cast<std::size_t>(row) * n, n);
}

double largest(Row x) {
  double result = -INFINITY;
  for (const double v : x) {
    if (v > result) result = v;
  }
  return result;
}

std::size_t first_largest(Row x) {
  std::size_t at = 0;
  for (std::size_t i = 1; i < x.size(); ++i) {
    if (x[i] > x[at] || std::isnan(x[at])) at = i;
  }
  return at;
}

/** log softmax(x) = x - m - log sum exp(x - m) with m the largest element. */
std::vector<double> log_softmax(Row x) {
  const double maximum = largest(x);
  double sum = 0;
  for (const double v : x) sum += std::exp(v - maximum);
  std::vector<double> result;
  for (const double v : x) result.push_back(v - maximum - std::log(sum));
  return result;
}

}  // namespace

void softmax_forward(const SoftmaxShape& shape, std::span<const double> logits,
                     std::span<double> probabilities) {
  for (int row = 0; row < shape.batch; ++row) {
    const std::vector<double> log_p = log_softmax(row_of(logits, row, shape.classes));
    const std::span<double> p = row_of(probabilities, row, shape.classes);
    for (std::size_t c = 0; c < p.size(); ++c) p[c] = std::exp(log_p[c]);
  }
}

void log_softmax_forward(const SoftmaxShape& shape, std::span<const double> x,
                         std::span<double> y) {
  for (int row = 0; row < shape.batch; ++row) {
    const std::vector<double> log_p = log_softmax(row_of(x, row, shape.classes));
    std::ranges::copy(log_p, row_of(y, row, shape.classes).begin());
  }
}

void softmax_cross_entropy_sparse(const SoftmaxShape& shape, std::span<const double> logits,
                                  std::span<const std::int32_t> labels, double scale,
                                  std::span<double> loss, std::span<double> correct,
                                  std::span<double> dlogits) {
  std::vector<double> targets(logits.size());
  for (int row = 0; row < shape.batch; ++row) {
    row_of(std::span<double>(targets), row, shape.classes)[labels[row]] = 1;
  }
  softmax_cross_entropy_dense(shape, logits, targets, scale, loss, correct, dlogits);
}

void softmax_cross_entropy_dense(const SoftmaxShape& shape, std::span<const double> logits,
                                 std::span<const double> targets, double scale,
                                 std::span<double> loss, std::span<double> correct,
                                 std::span<double> dlogits) {
  for (int row = 0; row < shape.batch; ++row) {
    const Row x = row_of(logits, row, shape.classes);
    const Row t = row_of(targets, row, shape.classes);
    const std::vector<double> log_p = log_softmax(x);
    double total = 0, row_loss = 0;
    bool has_nan = false;
    for (std::size_t c = 0; c < x.size(); ++c) {
      total += t[c];
      if (t[c] != 0) row_loss -= t[c] * log_p[c];
      has_nan = has_nan || std::isnan(log_p[c]);
    }
    loss[row] = has_nan ? NAN : row_loss;
    correct[row] = !std::isnan(loss[row]) && first_largest(x) == first_largest(t) ? 1 : 0;
    if (dlogits.empty()) continue;
    const std::span<double> dx = row_of(dlogits, row, shape.classes);
    for (std::size_t c = 0; c < x.size(); ++c) {
      dx[c] = (std::exp(log_p[c]) * total - t[c]) * scale;
    }
  }
}

}  // namespace trialforge::reference
