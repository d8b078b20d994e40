#include "trialforge/optimizer.h"

#include <cmath>

#include "cpu/ops.h"
#include "cuda/backend.h"
#include "ops/check.h"

namespace trialforge {
namespace {

void require_range(const char* name, float value, bool in_range, const char* range) {
  require(in_range && std::isfinite(value), std::string("optimizer: ") + name + " must be " +
                                                range + ", not " + std::to_string(value));
}

void require_segments(std::span<const RegularizedSegment> segments, std::size_t n) {
  for (const RegularizedSegment& segment : segments) {
    require(segment.begin <= segment.end && segment.end <= n,
            "optimizer: a regularised segment [" + std::to_string(segment.begin) + ", " +
                std::to_string(segment.end) + ") lies outside " + std::to_string(n) + " weights");
  }
}

}  // namespace

void OptimizerSpec::validate() const {
  require_range("learning_rate", learning_rate, learning_rate > 0, "above 0 and finite");
  require_range("momentum", momentum, momentum >= 0 && momentum <= 1, "in [0, 1]");
  require_range("beta_1", beta_1, beta_1 >= 0 && beta_1 < 1, "in [0, 1)");
  require_range("beta_2", beta_2, beta_2 >= 0 && beta_2 < 1, "in [0, 1)");
  require_range("rho", rho, rho >= 0 && rho < 1, "in [0, 1)");
  require_range("epsilon", epsilon, epsilon >= 0, "0 or more");
  require_range("initial_accumulator", initial_accumulator, initial_accumulator >= 0, "0 or more");
}

int OptimizerSpec::slots() const noexcept {
  switch (kind) {
    case OptimizerKind::sgd:
      return momentum == 0 ? 0 : 1;
    case OptimizerKind::adam:
    case OptimizerKind::adadelta:
      return 2;
    case OptimizerKind::rmsprop:
      return momentum > 0 ? 3 : centered ? 2 : 1;
    case OptimizerKind::adagrad:
      return 1;
  }
  return 0;
}

void optimizer_init(const Device& device, const OptimizerSpec& spec, std::span<float> state) {
  spec.validate();
  if (state.empty()) return;
  if (device.kind() == DeviceKind::cpu) {
    cpu::optimizer_init(device.pool(), spec, state.data(), state.size());
  } else {
    cuda::optimizer_init(cuda::queue_of(device), spec, state.data(), state.size());
  }
}

void optimizer_step(const Device& device, const OptimizerSpec& spec, std::uint64_t iteration,
                    std::span<const RegularizedSegment> segments, std::span<float> dw,
                    std::span<float> w, std::span<float> state) {
  spec.validate();
  require(iteration >= 1, "optimizer: iteration counts from 1");
  require_size("optimizer: dw", dw, w.size());
  require_size("optimizer: state", state, w.size() * spec.slots());
  require_segments(segments, w.size());
  if (w.empty()) return;
  if (device.kind() == DeviceKind::cuda) {
    cuda::optimizer_step(cuda::queue_of(device), spec, iteration, segments, dw.data(), w.data(),
                         state.data(), w.size());
    return;
  }
  const cpu::OptimizerStep step(spec, iteration, segments, w.data(), state.data(), w.size());
  const cpu::WeightRange all[] = {{0, w.size()}};
  cpu::optimizer_step(device.pool(), step, all, dw.data());
}

double regularization_loss(const Device& device, std::span<const RegularizedSegment> segments,
                           std::span<const float> w) {
  require_segments(segments, w.size());
  if (device.kind() == DeviceKind::cuda) {
    return cuda::regularization_loss(cuda::queue_of(device), segments, w.data(), w.size());
  }
  return cpu::regularization_loss(device.pool(), segments, w.data());
}

}  // namespace trialforge
