// Rows in parallel; where there are few and long ones, the threads share a row.
#include <algorithm>
#include <cmath>

#include "cpu/kernels/kernels.h"
#include "cpu/ops.h"
#include "cpu/partition.h"

namespace trialforge::cpu {
namespace {

constexpr std::int64_t kTaskElements = 8192;  // an exponential takes longer than its memory
constexpr std::int64_t kLongRow = 4 * kTaskElements;
constexpr int kFewRows = 16;

bool has_few_long_rows(const SoftmaxShape& s) {
  return s.batch < kFewRows && s.classes >= kLongRow;
}

/** rows(x, n_rows, y) on some rows at a time. */
template <typename Rows>
void each_rows(ThreadPool& pool, const SoftmaxShape& s, const float* x, float* y, Rows rows) {
  const std::int64_t at_once = std::max<std::int64_t>(kTaskElements / s.classes, 1);
  pool.parallel_for(divide_up(s.batch, at_once), [&](std::int64_t task, int) {
    const std::int64_t begin = task * at_once;
    const std::int64_t n = std::min<std::int64_t>(at_once, s.batch - begin);
    rows(x + begin * s.classes, static_cast<int>(n), s.classes, y + begin * s.classes);
  });
}

/**
 * One long row: largest, then the sum of exp(x - largest), which are left in `exponentials` unless
 * it is null, then finish(largest, sum, begin, count) on chunks.
 */
template <typename Finish>
void long_row(ThreadPool& pool, const float* x, int n, float* exponentials, Finish finish) {
  const std::int64_t chunks = divide_up(n, kTaskElements);
  // A double takes two floats.
  pool.reserve(static_cast<std::size_t>(3 * chunks), 0);
  double* const sums = reinterpret_cast<double*>(pool.shared_scratch());
  float* const maxima = pool.shared_scratch() + 2 * chunks;
  pool.parallel_for(chunks, [&](std::int64_t chunk, int) {
    const Range range = part(n, chunks, chunk);
    maxima[chunk] = kernels().largest(x + range.begin, static_cast<int>(range.size()));
  });
  const float maximum = kernels().largest(maxima, static_cast<int>(chunks));
  pool.parallel_for(chunks, [&](std::int64_t chunk, int) {
    const Range range = part(n, chunks, chunk);
    sums[chunk] =
        kernels().exponentials(x + range.begin, static_cast<int>(range.size()), maximum,
                               exponentials == nullptr ? nullptr : exponentials + range.begin);
  });
  double sum = 0;
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk) sum += sums[chunk];
  pool.parallel_for(chunks, [&](std::int64_t chunk, int) {
    const Range range = part(n, chunks, chunk);
    finish(maximum, sum, range.begin, static_cast<int>(range.size()));
  });
}

}  // namespace

void softmax_forward(ThreadPool& pool, const SoftmaxShape& s, const float* logits,
                     float* probabilities) {
  if (!has_few_long_rows(s)) {
    return each_rows(pool, s, logits, probabilities, kernels().softmax_rows);
  }
  for (int row = 0; row < s.batch; ++row) {
    float* const p = probabilities + static_cast<std::ptrdiff_t>(row) * s.classes;
    long_row(pool, logits + static_cast<std::ptrdiff_t>(row) * s.classes, s.classes, p,
             [=](float, double sum, std::int64_t begin, int n) {
               kernels().scale(p + begin, n, static_cast<float>(1 / sum), p + begin);
             });
  }
}

void log_softmax_forward(ThreadPool& pool, const SoftmaxShape& s, const float* x, float* y) {
  if (!has_few_long_rows(s)) return each_rows(pool, s, x, y, kernels().log_softmax_rows);
  for (int row = 0; row < s.batch; ++row) {
    const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(row) * s.classes;
    long_row(pool, x + at, s.classes, nullptr,
             [=](float maximum, double sum, std::int64_t begin, int n) {
               kernels().subtract(x + at + begin, n, maximum, static_cast<float>(std::log(sum)),
                                  y + at + begin);
             });
  }
}

}  // namespace trialforge::cpu
