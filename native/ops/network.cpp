#include "trialforge/network.h"

#include <algorithm>
#include <numeric>

#include "cpu/network.h"
#include "ops/check.h"
#include "ops/network_plan.h"
#include "ops/unsupported.h"

namespace trialforge {
namespace {

Device checked_device(const Device& device) {
  if (device.kind() == DeviceKind::cuda) unsupported_on_cuda("network");
  return device;
}

void stop_if(const std::atomic<bool>* cancelled) {
  if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed)) {
    throw Error(ErrorCode::cancelled, "stopped on request");
  }
}

}  // namespace

struct Network::State {
  State(const Device& device, const NetworkSpec& spec)
      : device(checked_device(device)),
        spec(spec),
        plan(plan_network(this->spec)),
        network(this->device.pool(), this->spec, plan) {}

  void require_images(const Dataset& data) const {
    require(data.sample_size() == plan.in_size,
            "network: a sample has " + std::to_string(data.sample_size()) +
                " values, the network's input " + std::to_string(plan.in_size));
  }

  void require_labels(const Dataset& data) const {
    require_images(data);
    require(data.size() > 0, "network: the dataset is empty");
    if (spec.loss == Loss::sparse_categorical_crossentropy) {
      require(data.has_labels(),
              "network: the loss sparse_categorical_crossentropy needs class indices as labels");
    } else {
      require(data.has_targets(),
              "network: the loss categorical_crossentropy needs one-hot labels");
    }
    require(data.classes() <= plan.classes,
            "network: the dataset has " + std::to_string(data.classes()) +
                " classes, the network's output " + std::to_string(plan.classes));
    require(data.has_labels() || data.classes() == plan.classes,
            "network: one-hot labels of " + std::to_string(data.classes()) +
                " classes do not fit an output of " + std::to_string(plan.classes));
  }

  static int clamped_batch(const Dataset& data, int batch_size) {
    require_positive("network: batch_size", batch_size);
    return static_cast<int>(
        std::min<std::size_t>(static_cast<std::size_t>(batch_size), data.size()));
  }

  /** Calls body(samples, index of the first) for every batch of `data` in `order`. */
  template <typename Body>
  void each_batch(int batch, const std::atomic<bool>* cancelled, Body body) {
    const std::span<const std::uint32_t> all = order;
    for (std::size_t begin = 0; begin < all.size(); begin += static_cast<std::size_t>(batch)) {
      stop_if(cancelled);
      body(all.subspan(begin, std::min<std::size_t>(batch, all.size() - begin)), begin);
    }
  }

  void natural_order(std::size_t n) {
    order.resize(n);
    std::iota(order.begin(), order.end(), 0u);
  }

  Device device;
  NetworkSpec spec;
  NetworkPlan plan;
  cpu::Network network;
  std::vector<std::uint32_t> order;
};

Network::Network(const Device& device, const NetworkSpec& spec)
    : state_(std::make_unique<State>(device, spec)) {}
Network::~Network() = default;
Network::Network(Network&&) noexcept = default;
Network& Network::operator=(Network&&) noexcept = default;

const Device& Network::device() const noexcept { return state_->device; }
const std::vector<LayerInfo>& Network::layers() const noexcept { return state_->plan.infos; }
const std::vector<ParameterInfo>& Network::parameters() const noexcept {
  return state_->plan.parameters;
}
std::size_t Network::parameter_count() const noexcept { return state_->plan.parameter_count; }
int Network::classes() const noexcept { return state_->plan.classes; }
std::uint64_t Network::iterations() const noexcept { return state_->network.iterations(); }
std::size_t Network::bytes() const noexcept { return state_->network.bytes(); }

Metrics Network::train_epoch(const Dataset& data, const EpochOptions& options) {
  State& s = *state_;
  s.require_labels(data);
  const int batch = State::clamped_batch(data, options.batch_size);
  s.natural_order(data.size());
  if (options.shuffle) shuffled_order(s.spec.seed, options.epoch, s.order);
  s.network.reserve(batch, true);

  cpu::BatchSums total;
  double penalty = 0;
  BatchProgress progress;
  progress.batches = static_cast<std::int64_t>((data.size() + batch - 1) / batch);
  s.each_batch(batch, options.cancelled,
               [&](std::span<const std::uint32_t> samples, std::size_t begin) {
                 const double count = static_cast<double>(samples.size());
                 if (!s.plan.segments.empty()) penalty += count * s.network.penalty();
                 const cpu::BatchSums sums = s.network.train(data, samples);
                 total.loss += sums.loss;
                 total.correct += sums.correct;
                 const double seen = static_cast<double>(begin) + count;
                 ++progress.batch;
                 progress.metrics = {(total.loss + penalty) / seen, total.correct / seen};
                 if (options.on_batch) options.on_batch(progress);
               });
  return progress.metrics;
}

Metrics Network::evaluate(const Dataset& data, int batch_size, const std::atomic<bool>* cancelled) {
  State& s = *state_;
  s.require_labels(data);
  const int batch = State::clamped_batch(data, batch_size);
  s.natural_order(data.size());
  s.network.reserve(batch, false);
  cpu::BatchSums total;
  s.each_batch(batch, cancelled, [&](std::span<const std::uint32_t> samples, std::size_t) {
    const cpu::BatchSums sums = s.network.evaluate(data, samples);
    total.loss += sums.loss;
    total.correct += sums.correct;
  });
  const double n = static_cast<double>(data.size());
  return {total.loss / n + s.network.penalty(), total.correct / n};
}

void Network::predict(const Dataset& data, int batch_size, std::span<float> probabilities,
                      const std::atomic<bool>* cancelled) {
  State& s = *state_;
  s.require_images(data);
  require_size("network: probabilities", probabilities, data.size() * s.plan.classes);
  if (data.size() == 0) return;
  const int batch = State::clamped_batch(data, batch_size);
  s.natural_order(data.size());
  s.network.reserve(batch, false);
  s.each_batch(batch, cancelled, [&](std::span<const std::uint32_t> samples, std::size_t begin) {
    s.network.predict(data, samples,
                      probabilities.data() + begin * static_cast<std::size_t>(s.plan.classes));
  });
}

void Network::get_weights(std::span<float> weights) const {
  require_size("network: weights", weights, state_->plan.parameter_count);
  std::ranges::copy(state_->network.weights(), weights.begin());
}

void Network::set_weights(std::span<const float> weights) {
  require_size("network: weights", weights, state_->plan.parameter_count);
  std::ranges::copy(weights, state_->network.weights().begin());
}

void Network::set_learning_rate(float learning_rate) {
  OptimizerSpec optimizer = state_->spec.optimizer;
  optimizer.learning_rate = learning_rate;
  optimizer.validate();
  state_->spec.optimizer = optimizer;
}

}  // namespace trialforge
