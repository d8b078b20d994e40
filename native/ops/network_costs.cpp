#include "ops/network_costs.h"

namespace trialforge {
namespace {

constexpr double float_bytes = sizeof(float);

bool moves_nothing(const PlannedLayer& layer) {
  return std::holds_alternative<FlattenLayer>(layer.spec);
}

double weights_of(const PlannedLayer& layer) {
  return static_cast<double>((layer.kernel ? layer.kernel->size : 0) +
                             (layer.bias ? layer.bias->size : 0));
}

/** Of multiply-adds; other layers are bound by memory. */
double product_flops(const NetworkPlan& plan, std::size_t layer) {
  return plan.layers[layer].kernel ? plan.infos[layer].forward_flops : 0;
}

PassCost forward_of(const NetworkPlan& plan, std::size_t i) {
  const PlannedLayer& layer = plan.layers[i];
  PassCost cost{.name = layer_label(plan, i)};
  if (moves_nothing(layer)) return cost;
  cost.flops = product_flops(plan, i);
  cost.bytes = float_bytes * static_cast<double>(layer.in_size + layer.out_size);
  cost.weight_bytes = float_bytes * weights_of(layer);
  return cost;
}

/** Reads dy and what the forward pass kept, writes dx and dw. */
PassCost backward_of(const NetworkPlan& plan, std::size_t i) {
  const PlannedLayer& layer = plan.layers[i];
  PassCost cost{.name = layer_label(plan, i)};
  if (moves_nothing(layer) || static_cast<int>(i) < plan.first_trained) return cost;
  const bool needs_dx = static_cast<int>(i) > plan.first_trained;
  const double out = static_cast<double>(layer.out_size), in = static_cast<double>(layer.in_size);
  cost.flops = product_flops(plan, i) * (needs_dx ? 2 : 1);
  cost.bytes = float_bytes * (out + (layer.kernel ? in : 0) + (needs_dx ? in : 0));
  cost.weight_bytes = float_bytes * weights_of(layer) * (needs_dx ? 2 : 1);
  return cost;
}

std::vector<PassCost> passes(const NetworkPlan& plan, const std::string& pass,
                             const NetworkCosts::Joined& joined,
                             PassCost (*cost_of)(const NetworkPlan&, std::size_t)) {
  std::vector<PassCost> costs;
  for (std::size_t i = 0; i < plan.layers.size(); ++i) {
    PassCost cost = cost_of(plan, i);
    for (const std::size_t layer : joined(i)) {
      const PassCost next = cost_of(plan, layer);
      const PlannedLayer& other = plan.layers[layer];
      const std::size_t between = layer > i ? other.in_size : other.out_size;
      cost.name += " + " + next.name;
      cost.flops += next.flops;
      // What lies between the two is never stored.
      cost.bytes += next.bytes - 2 * float_bytes * static_cast<double>(between);
      cost.weight_bytes += next.weight_bytes;
    }
    cost.name += " " + pass;
    costs.push_back(std::move(cost));
  }
  return costs;
}

}  // namespace

std::string layer_label(const NetworkPlan& plan, std::size_t layer) {
  int number = 0;
  for (std::size_t i = 0; i <= layer; ++i) {
    if (plan.infos[i].name == plan.infos[layer].name) ++number;
  }
  return plan.infos[layer].name + "_" + std::to_string(number);
}

double optimizer_bytes(const OptimizerSpec& spec, std::size_t weights) {
  return float_bytes * static_cast<double>(weights) * (3 + 2 * spec.slots());
}

NetworkCosts::NetworkCosts(const NetworkPlan& plan, const OptimizerSpec& spec,
                           const Joined& forward_joined, const Joined& backward_joined)
    : forward(passes(plan, "forward", forward_joined, forward_of)),
      backward(passes(plan, "backward", backward_joined, backward_of)) {
  const double in = static_cast<double>(plan.in_size), classes = plan.classes;
  gather = {.name = "gather", .bytes = 2 * float_bytes * in};
  loss = {.name = "loss", .bytes = float_bytes * (2 * classes + 3)};
  optimizer = {.name = "optimizer", .weight_bytes = optimizer_bytes(spec, plan.parameter_count)};
}

}  // namespace trialforge
