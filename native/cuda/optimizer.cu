// Bound by memory: every weight, its gradient and its state are read and written once.
#include <cmath>
#include <cstddef>
#include <numeric>
#include <span>
#include <type_traits>
#include <vector>

#include "cuda/device/reduce.cuh"
#include "cuda/device/vector.cuh"
#include "cuda/handles.h"
#include "cuda/launch.h"
#include "cuda/training.h"

namespace trialforge::cuda {
namespace {

constexpr int block_threads = 256;
constexpr std::size_t chunk_weights = 8192;  // of a block of penalty_kernel

// --- device helpers

/** One weight, its gradient g, its state s0 .. s2. */
template <OptimizerKind kind>
__device__ __forceinline__ void update(const OptimizerSpec& rule, const StepFactors& factors,
                                       float g, float& w, float& s0, float& s1, float& s2) {
  const float rate = factors.rate, epsilon = factors.epsilon;
  if constexpr (kind == OptimizerKind::sgd) {
    if (rule.momentum == 0) {
      w -= rate * g;
      return;
    }
    s0 = rule.momentum * s0 - rate * g;
    w += rule.nesterov ? rule.momentum * s0 - rate * g : s0;
  }
  if constexpr (kind == OptimizerKind::adam) {
    s0 = rule.beta_1 * s0 + (1 - rule.beta_1) * g;
    s1 = rule.beta_2 * s1 + (1 - rule.beta_2) * (g * g);
    w -= rate * s0 / (sqrtf(s1) + epsilon);
  }
  if constexpr (kind == OptimizerKind::rmsprop) {
    s0 = rule.rho * s0 + (1 - rule.rho) * (g * g);
    float denominator = s0 + epsilon;
    if (rule.centered) {
      s1 = rule.rho * s1 + (1 - rule.rho) * g;
      denominator -= s1 * s1;
    }
    float move = rate * g / sqrtf(denominator);
    if (rule.momentum > 0) {
      move += rule.momentum * s2;
      s2 = move;
    }
    w -= move;
  }
  if constexpr (kind == OptimizerKind::adagrad) {
    s0 += g * g;
    w -= rate * g / sqrtf(s0 + epsilon);
  }
  if constexpr (kind == OptimizerKind::adadelta) {
    s0 = rule.rho * s0 + (1 - rule.rho) * (g * g);
    const float move = sqrtf(s1 + epsilon) / sqrtf(s0 + epsilon) * g;
    s1 = rule.rho * s1 + (1 - rule.rho) * (move * move);
    w -= rate * move;
  }
}

/** The penalties of weight i of a network; factors: [segments]. */
__device__ __forceinline__ Penalty penalty_at(const Penalties& penalties, const Penalty* factors,
                                              std::size_t i) {
  Penalty total;
  for (int s = 0; s < penalties.segments; ++s) {
    if (i < penalties.ranges[s].begin || i >= penalties.ranges[s].end) continue;
    total.l1 += factors[s].l1;
    total.l2 += factors[s].l2;
  }
  return total;
}

template <int width, int slots>
struct State {
  device::Vector<float, width> slot[slots > 0 ? slots : 1];
};

// --- kernels. blockIdx.y is the network.

template <OptimizerKind kind, int slots, int width>
__global__ void __launch_bounds__(block_threads)
    step_kernel(Trials trials, const TrialState* states, Penalties penalties, float* dw, float* w,
                float* state, std::size_t slot_stride, std::size_t begin, std::size_t end) {
  const std::size_t network = blockIdx.y;
  const OptimizerSpec& rule = states[network].optimizer;
  const StepFactors step = states[network].factors[states[network].step % 2];
  const Penalty* const factors = penalties.factors + network * penalties.segments;
  dw += network * trials.weight_stride;
  w += network * trials.weight_stride;
  state += network * slots * slot_stride;
  for (std::size_t i = begin + (std::size_t{blockIdx.x} * block_threads + threadIdx.x) * width;
       i < end; i += std::size_t{gridDim.x} * block_threads * width) {
    auto gradients = device::load<width>(dw, i, end);
    auto weights = device::load<width>(w, i, end);
    State<width, slots> all;
#pragma unroll
    for (int s = 0; s < slots; ++s)
      all.slot[s] = device::load<width>(state + s * slot_stride, i, end);
    if (penalties.segments > 0) {
#pragma unroll
      for (int k = 0; k < width; ++k) {
        const Penalty penalty = penalty_at(penalties, factors, i + k);
        const float weight = weights.at[k];
        const float sign = static_cast<float>(weight > 0) - static_cast<float>(weight < 0);
        // A network without penalties must not differ by the sign of a zero.
        if (penalty.l1 != 0 || penalty.l2 != 0) {
          gradients.at[k] += penalty.l1 * sign + 2 * penalty.l2 * weight;
        }
      }
      device::store<width>(dw, i, end, gradients);
    }
#pragma unroll
    for (int k = 0; k < width; ++k) {
      float none = 0;
      update<kind>(rule, step, gradients.at[k], weights.at[k], slots > 0 ? all.slot[0].at[k] : none,
                   slots > 1 ? all.slot[slots > 1 ? 1 : 0].at[k] : none,
                   slots > 2 ? all.slot[slots > 2 ? 2 : 0].at[k] : none);
    }
    device::store<width>(w, i, end, weights);
#pragma unroll
    for (int s = 0; s < slots; ++s) {
      device::store<width>(state + s * slot_stride, i, end, all.slot[s]);
    }
  }
}

__global__ void __launch_bounds__(block_threads) fill_kernel(float value, float* x, std::size_t n) {
  for (std::size_t i = std::size_t{blockIdx.x} * block_threads + threadIdx.x; i < n;
       i += std::size_t{gridDim.x} * block_threads) {
    x[i] = value;
  }
}

/** Block x sums its chunk of the weights. */
__global__ void __launch_bounds__(block_threads)
    penalty_kernel(Trials trials, Penalties penalties, const float* w, std::size_t n,
                   double* sums /* [count, gridDim.x] */) {
  const std::size_t network = blockIdx.y;
  const Penalty* const factors = penalties.factors + network * penalties.segments;
  w += network * trials.weight_stride;
  const std::size_t begin = blockIdx.x * chunk_weights;
  const std::size_t end = begin + chunk_weights < n ? begin + chunk_weights : n;
  double total = 0;
  for (int s = 0; s < penalties.segments; ++s) {
    // Infinite weights have a penalty of 0 in a network without one, whatever others have.
    if (factors[s].l1 == 0 && factors[s].l2 == 0) continue;
    const PenaltyRange range = penalties.ranges[s];
    const std::size_t from = range.begin > begin ? range.begin : begin;
    const std::size_t to = range.end < end ? range.end : end;
    double magnitude = 0, square = 0;
    for (std::size_t i = from + threadIdx.x; i < to; i += block_threads) {
      const double weight = w[i];
      magnitude += fabs(weight);
      square += weight * weight;
    }
    total += factors[s].l1 * magnitude + factors[s].l2 * square;
  }
  total = device::block_reduce<block_threads>(total, device::Sum{});
  if (threadIdx.x == 0) sums[network * gridDim.x + blockIdx.x] = total;
}

// --- launchers

template <OptimizerKind kind, int slots>
void queue_step(const Queue& queue, const Trials& trials, const TrialState* states,
                const Penalties& penalties, float* dw, float* w, float* state,
                std::size_t slot_stride, std::size_t begin, std::size_t end) {
  const bool aligned = are_aligned(dw, w) && (slots == 0 || are_aligned(state)) &&
                       trials.weight_stride % 4 == 0 && slot_stride % 4 == 0;
  const std::size_t width = aligned ? 4 : 1;
  const LaunchShape shape{dim3(grid_for(queue, ceil_div(end - begin, block_threads * width)),
                               static_cast<unsigned>(trials.count)),
                          dim3(block_threads)};
  const auto kernel = aligned ? step_kernel<kind, slots, 4> : step_kernel<kind, slots, 1>;
  launch(queue, shape, kernel, trials, states, penalties, dw, w, state, slot_stride, begin, end);
}

/** Penalties of a single network on the device. */
class SegmentArrays {
 public:
  SegmentArrays(const Queue& queue, std::span<const RegularizedSegment> segments)
      : ranges_(queue, segments.size()), factors_(queue, segments.size()) {
    std::vector<PenaltyRange> ranges;
    std::vector<Penalty> factors;
    for (const RegularizedSegment& segment : segments) {
      ranges.push_back({segment.begin, segment.end});
      factors.push_back({segment.l1, segment.l2});
    }
    if (segments.empty()) return;
    queue_from_host(queue, ranges_.data(), ranges.data(), ranges_.bytes());
    queue_from_host(queue, factors_.data(), factors.data(), factors_.bytes());
  }
  Penalties penalties() const {
    return {static_cast<int>(ranges_.size()), ranges_.data(), factors_.data()};
  }

 private:
  DeviceArray<PenaltyRange> ranges_;
  DeviceArray<Penalty> factors_;
};

}  // namespace

void optimizer_step(const Queue& queue, const Trials& trials, const OptimizerSpec& rule,
                    const TrialState* states, const Penalties& penalties, float* dw, float* w,
                    float* state, std::size_t slot_stride, std::size_t begin, std::size_t end) {
  const auto with = [&](auto kind, auto slots) {
    queue_step<decltype(kind)::value, decltype(slots)::value>(queue, trials, states, penalties, dw,
                                                              w, state, slot_stride, begin, end);
  };
  constexpr std::integral_constant<int, 0> none;
  constexpr std::integral_constant<int, 1> one;
  constexpr std::integral_constant<int, 2> two;
  constexpr std::integral_constant<int, 3> three;
  const int slots = rule.slots();
  switch (rule.kind) {
    case OptimizerKind::sgd: {
      constexpr std::integral_constant<OptimizerKind, OptimizerKind::sgd> kind;
      return slots == 0 ? with(kind, none) : with(kind, one);
    }
    case OptimizerKind::adam:
      return with(std::integral_constant<OptimizerKind, OptimizerKind::adam>{}, two);
    case OptimizerKind::rmsprop: {
      constexpr std::integral_constant<OptimizerKind, OptimizerKind::rmsprop> kind;
      return slots == 1 ? with(kind, one) : slots == 2 ? with(kind, two) : with(kind, three);
    }
    case OptimizerKind::adagrad:
      return with(std::integral_constant<OptimizerKind, OptimizerKind::adagrad>{}, one);
    case OptimizerKind::adadelta:
      return with(std::integral_constant<OptimizerKind, OptimizerKind::adadelta>{}, two);
  }
}

void optimizer_init(const Queue& queue, const OptimizerSpec& spec, float* state, std::size_t n) {
  fill(queue, spec.kind == OptimizerKind::adagrad ? spec.initial_accumulator : 0, state, n);
}

void optimizer_step(const Queue& queue, const OptimizerSpec& spec, std::uint64_t iteration,
                    std::span<const RegularizedSegment> segments, float* dw, float* w, float* state,
                    std::size_t n) {
  const SegmentArrays arrays(queue, segments);
  TrialState trial{.step = iteration, .optimizer = spec};
  trial.factors[iteration % 2] = step_factors(spec, iteration);
  const DeviceArray<TrialState> device_trial(queue, 1);
  queue_from_host(queue, device_trial.data(), &trial, sizeof(trial));
  optimizer_step(queue, Trials{}, spec, device_trial.data(), arrays.penalties(), dw, w, state, n, 0,
                 n);
}

double regularization_loss(const Queue& queue, std::span<const RegularizedSegment> segments,
                           const float* w, std::size_t n) {
  if (segments.empty() || n == 0) return 0;
  const SegmentArrays arrays(queue, segments);
  const DeviceArray<double> device_sums(queue, penalty_chunks(n));
  penalty_sums(queue, Trials{}, arrays.penalties(), w, n, device_sums.data());
  std::vector<double> sums(device_sums.size());
  copy_to_host(queue, sums.data(), device_sums.data(), device_sums.bytes());
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

void fill(const Queue& queue, float value, float* x, std::size_t n) {
  launch(queue, {dim3(grid_for(queue, ceil_div(n, block_threads))), dim3(block_threads)},
         fill_kernel, value, x, n);
}

std::size_t penalty_chunks(std::size_t n) noexcept { return ceil_div(n, chunk_weights); }

void penalty_sums(const Queue& queue, const Trials& trials, const Penalties& penalties,
                  const float* w, std::size_t n, double* sums) {
  const LaunchShape shape{
      dim3(static_cast<unsigned>(penalty_chunks(n)), static_cast<unsigned>(trials.count)),
      dim3(block_threads)};
  launch(queue, shape, penalty_kernel, trials, penalties, w, n, sums);
}

}  // namespace trialforge::cuda
