#include <algorithm>

#include "cuda/backend.h"
#include "cuda/network_group.h"

namespace trialforge::cuda {
namespace {

/** One network of a group. */
class GroupedNetwork final : public NetworkEngine {
 public:
  GroupedNetwork(std::shared_ptr<NetworkGroup> group, int index)
      : group_(std::move(group)), index_(index) {}

  const std::shared_ptr<NetworkGroup>& group() const noexcept { return group_; }
  int index() const noexcept { return index_; }

  std::uint64_t iterations() const noexcept override { return group_->iterations(index_); }
  std::size_t bytes() const noexcept override { return group_->bytes(); }
  Metrics train_epoch(const Dataset& data, const EpochOptions& options) override {
    return group_->train_epoch({&index_, 1}, data, options)[0];
  }
  Metrics evaluate(const Dataset& data, int batch_size,
                   const std::atomic<bool>* cancelled) override {
    return group_->evaluate({&index_, 1}, data, batch_size, cancelled)[0];
  }
  void predict(const Dataset& data, int batch_size, std::span<float> probabilities,
               const std::atomic<bool>* cancelled) override {
    group_->predict(index_, data, batch_size, probabilities, cancelled);
  }
  void get_weights(std::span<float> weights) const override {
    group_->get_weights(index_, weights);
  }
  void set_weights(std::span<const float> weights) override {
    group_->set_weights(index_, weights);
  }
  void set_learning_rate(float learning_rate) override {
    group_->set_learning_rate(index_, learning_rate);
  }
  void trim() override { group_->trim(); }

 private:
  std::shared_ptr<NetworkGroup> group_;
  int index_;
};

struct Members {
  std::shared_ptr<NetworkGroup> group;
  std::vector<int> indices;
};

Members members_of(std::span<NetworkEngine* const> networks) {
  Members members;
  for (NetworkEngine* const engine : networks) {
    const auto* const network = dynamic_cast<GroupedNetwork*>(engine);
    if (members.group == nullptr && network != nullptr) members.group = network->group();
    require(network != nullptr && network->group() == members.group,
            "networks that were not made together cannot train as one");
    members.indices.push_back(network->index());
  }
  return members;
}

}  // namespace

std::vector<std::unique_ptr<NetworkEngine>> make_networks(const Device& device,
                                                          std::span<const NetworkSpec> specs,
                                                          std::span<const NetworkPlan* const> plans,
                                                          std::shared_ptr<MemoryBudget> budget) {
  const auto group = std::make_shared<NetworkGroup>(device, specs, plans, std::move(budget));
  std::vector<std::unique_ptr<NetworkEngine>> networks;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    networks.push_back(std::make_unique<GroupedNetwork>(group, static_cast<int>(i)));
  }
  return networks;
}

std::vector<Metrics> train_epoch(std::span<NetworkEngine* const> networks, const Dataset& data,
                                 const EpochOptions& options) {
  const Members members = members_of(networks);
  return members.group->train_epoch(members.indices, data, options);
}

std::vector<Metrics> evaluate(std::span<NetworkEngine* const> networks, const Dataset& data,
                              int batch_size, const std::atomic<bool>* cancelled) {
  const Members members = members_of(networks);
  return members.group->evaluate(members.indices, data, batch_size, cancelled);
}

}  // namespace trialforge::cuda
