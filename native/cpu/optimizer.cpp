#include <algorithm>
#include <cmath>

#include "cpu/kernels/kernels.h"
#include "cpu/ops.h"
#include "ops/step_factors.h"

namespace trialforge::cpu {

void optimizer_init(ThreadPool&, const OptimizerSpec& spec, float* state, std::size_t n) {
  const float value = spec.kind == OptimizerKind::adagrad ? spec.initial_accumulator : 0;
  std::fill(state, state + n, value);
}

OptimizerStep::OptimizerStep(const OptimizerSpec& spec, std::uint64_t iteration,
                             std::span<const RegularizedSegment> segments, float* w, float* state,
                             std::size_t n)
    : spec_(spec), segments_(segments), w_(w), state_(state), n_(n) {
  const StepFactors factors = step_factors(spec, iteration);
  rate_ = factors.rate;
  spec_.epsilon = factors.epsilon;
}

void OptimizerStep::apply(WeightRange range, float* dw) const {
  for (const RegularizedSegment& segment : segments_) {
    const std::size_t end = std::min(range.end, segment.end);
    for (std::size_t i = std::max(range.begin, segment.begin); i < end; ++i) {
      const float sign = static_cast<float>(w_[i] > 0) - static_cast<float>(w_[i] < 0);
      dw[i - range.begin] += segment.l1 * sign + 2 * segment.l2 * w_[i];
    }
  }
  kernels().optimizer_step(spec_, rate_, dw, w_ + range.begin, state_ + range.begin, n_,
                           range.end - range.begin);
}

Ahead OptimizerStep::state_ahead(WeightRange range, int slot) const {
  if (slot >= spec_.slots()) return {};
  return {state_ + slot * n_ + range.begin, range.end - range.begin};
}

void optimizer_step(ThreadPool& pool, const OptimizerStep& step,
                    std::span<const WeightRange> ranges, float* dw) {
  constexpr std::size_t chunk = 16384;
  const auto chunks = [](const WeightRange& range) {
    return (range.end - range.begin + chunk - 1) / chunk;
  };
  std::size_t tasks = 0;
  for (const WeightRange& range : ranges) tasks += chunks(range);
  pool.parallel_for(static_cast<std::int64_t>(tasks), [&](std::int64_t task, int) {
    std::size_t index = static_cast<std::size_t>(task), r = 0;
    for (; index >= chunks(ranges[r]); ++r) index -= chunks(ranges[r]);
    const std::size_t begin = ranges[r].begin + index * chunk;
    step.apply({begin, std::min(begin + chunk, ranges[r].end)}, dw + begin);
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
