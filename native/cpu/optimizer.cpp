#include <algorithm>
#include <cmath>

#include "cpu/kernels/kernels.h"
#include "cpu/ops.h"
#include "cpu/partition.h"

namespace trialforge::cpu {

void optimizer_init(ThreadPool&, const OptimizerSpec& spec, float* state, std::size_t n) {
  const float value = spec.kind == OptimizerKind::adagrad ? spec.initial_accumulator : 0;
  std::fill(state, state + n, value);
}

void optimizer_step(ThreadPool& pool, const OptimizerSpec& spec, std::uint64_t iteration,
                    std::span<const RegularizedSegment> segments, float* dw, float* w, float* state,
                    std::size_t n) {
  for (const RegularizedSegment& segment : segments) {
    for (std::size_t i = segment.begin; i < segment.end; ++i) {
      const float sign = w[i] > 0 ? 1.0f : w[i] < 0 ? -1.0f : 0.0f;
      dw[i] += segment.l1 * sign + 2 * segment.l2 * w[i];
    }
  }
  double rate = spec.learning_rate;
  if (spec.kind == OptimizerKind::adam) {
    const double t = static_cast<double>(iteration);
    rate *= std::sqrt(1 - std::pow(static_cast<double>(spec.beta_2), t)) /
            (1 - std::pow(static_cast<double>(spec.beta_1), t));
  }
  constexpr std::int64_t chunk = 16384;
  pool.parallel_for(divide_up(static_cast<std::int64_t>(n), chunk), [&](std::int64_t task, int) {
    const std::size_t begin = static_cast<std::size_t>(task * chunk);
    kernels().optimizer_step(spec, static_cast<float>(rate), dw + begin, w + begin, state + begin,
                             n, std::min<std::size_t>(chunk, n - begin));
  });
}

double regularization_loss(ThreadPool&, std::span<const RegularizedSegment> segments,
                           const float* w) {
  double loss = 0;
  for (const RegularizedSegment& segment : segments) {
    double magnitude = 0, square = 0;
    for (std::size_t i = segment.begin; i < segment.end; ++i) {
      magnitude += std::abs(static_cast<double>(w[i]));
      square += static_cast<double>(w[i]) * w[i];
    }
    loss += segment.l1 * magnitude + segment.l2 * square;
  }
  return loss;
}

}  // namespace trialforge::cpu
