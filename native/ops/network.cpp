#include "trialforge/network.h"

#include <algorithm>

#include "cpu/network.h"
#include "cuda/backend.h"
#include "ops/check.h"
#include "ops/network_engine.h"
#include "ops/network_plan.h"
#include "ops/require_precision.h"

namespace trialforge {

struct Network::State {
  /** Without an engine yet. */
  State(const Device& device, const NetworkSpec& spec)
      : device(device), loss(spec.loss), optimizer(spec.optimizer), plan(plan_network(spec)) {
    require_precision(device, spec.precision);
  }

  void require_images(const Dataset& data) const {
    require(
        data.device().name() == device.name(),
        "network: the dataset is on " + data.device().name() + ", the network on " + device.name());
    require(data.sample_size() == plan.in_size,
            "network: a sample has " + std::to_string(data.sample_size()) +
                " values, the network's input " + std::to_string(plan.in_size));
  }

  void require_labels(const Dataset& data) const {
    require_images(data);
    require(data.size() > 0, "network: the dataset is empty");
    if (loss == Loss::sparse_categorical_crossentropy) {
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

  static EpochOptions clamped(const Dataset& data, EpochOptions options) {
    options.batch_size = clamped_batch(data, options.batch_size);
    return options;
  }

  Device device;
  Loss loss;
  OptimizerSpec optimizer;
  NetworkPlan plan;
  std::unique_ptr<NetworkEngine> engine;
};

namespace {

void require_distinct(std::span<Network* const> networks) {
  for (const Network* const network : networks) {
    require(std::ranges::count(networks, network) == 1, "a network cannot be there twice");
  }
}

std::vector<NetworkEngine*> engines_of(std::span<Network* const> networks, auto engine_of) {
  std::vector<NetworkEngine*> engines;
  for (Network* const network : networks) engines.push_back(engine_of(*network));
  return engines;
}

}  // namespace

Network::Network(std::unique_ptr<State> state) : state_(std::move(state)) {}
Network::Network(const Device& device, const NetworkSpec& spec)
    : Network(std::move(make_networks(device, {&spec, 1})[0])) {}
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
std::uint64_t Network::iterations() const noexcept { return state_->engine->iterations(); }
std::size_t Network::bytes() const noexcept { return state_->engine->bytes(); }

Metrics Network::train_epoch(const Dataset& data, const EpochOptions& options) {
  state_->require_labels(data);
  return state_->engine->train_epoch(data, State::clamped(data, options));
}

Metrics Network::evaluate(const Dataset& data, int batch_size, const std::atomic<bool>* cancelled) {
  state_->require_labels(data);
  return state_->engine->evaluate(data, State::clamped_batch(data, batch_size), cancelled);
}

void Network::predict(const Dataset& data, int batch_size, std::span<float> probabilities,
                      const std::atomic<bool>* cancelled) {
  state_->require_images(data);
  require_size("network: probabilities", probabilities, data.size() * state_->plan.classes);
  if (data.size() == 0) return;
  state_->engine->predict(data, State::clamped_batch(data, batch_size), probabilities, cancelled);
}

void Network::get_weights(std::span<float> weights) const {
  require_size("network: weights", weights, state_->plan.parameter_count);
  state_->engine->get_weights(weights);
}

void Network::set_weights(std::span<const float> weights) {
  require_size("network: weights", weights, state_->plan.parameter_count);
  state_->engine->set_weights(weights);
}

void Network::set_learning_rate(float learning_rate) {
  OptimizerSpec optimizer = state_->optimizer;
  optimizer.learning_rate = learning_rate;
  optimizer.validate();
  state_->optimizer = optimizer;
  state_->engine->set_learning_rate(learning_rate);
}

void Network::trim() { state_->engine->trim(); }

std::vector<Network> make_networks(const Device& device, std::span<const NetworkSpec> specs,
                                   std::shared_ptr<MemoryBudget> budget) {
  std::vector<Network> networks;
  if (specs.empty()) return networks;
  std::vector<const NetworkPlan*> plans;
  for (const NetworkSpec& spec : specs) {
    networks.push_back(Network(std::make_unique<Network::State>(device, spec)));
    plans.push_back(&networks.back().state_->plan);
  }
  if (device.kind() == DeviceKind::cuda) {
    auto engines = cuda::make_networks(device, specs, plans, std::move(budget));
    for (std::size_t i = 0; i < specs.size(); ++i) {
      networks[i].state_->engine = std::move(engines[i]);
    }
  } else {
    for (std::size_t i = 0; i < specs.size(); ++i) {
      Network::State& state = *networks[i].state_;
      state.engine = std::make_unique<cpu::Network>(state.device.pool(), specs[i], state.plan);
    }
  }
  return networks;
}

std::vector<Metrics> train_epoch(std::span<Network* const> networks, const Dataset& data,
                                 const EpochOptions& options) {
  require_distinct(networks);
  for (const Network* network : networks) network->state_->require_labels(data);
  if (networks.empty()) return {};
  const EpochOptions clamped = Network::State::clamped(data, options);
  const auto engine_of = [](Network& network) { return network.state_->engine.get(); };
  if (networks[0]->device().kind() == DeviceKind::cuda) {
    return cuda::train_epoch(engines_of(networks, engine_of), data, clamped);
  }
  std::vector<Metrics> metrics;
  for (Network* network : networks) {
    metrics.push_back(engine_of(*network)->train_epoch(data, clamped));
  }
  return metrics;
}

std::vector<Metrics> evaluate(std::span<Network* const> networks, const Dataset& data,
                              int batch_size, const std::atomic<bool>* cancelled) {
  require_distinct(networks);
  for (const Network* network : networks) network->state_->require_labels(data);
  if (networks.empty()) return {};
  const int batch = Network::State::clamped_batch(data, batch_size);
  const auto engine_of = [](Network& network) { return network.state_->engine.get(); };
  if (networks[0]->device().kind() == DeviceKind::cuda) {
    return cuda::evaluate(engines_of(networks, engine_of), data, batch, cancelled);
  }
  std::vector<Metrics> metrics;
  for (Network* network : networks) {
    metrics.push_back(engine_of(*network)->evaluate(data, batch, cancelled));
  }
  return metrics;
}

}  // namespace trialforge
