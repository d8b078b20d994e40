// What a profile tells of a network's passes: their names and what they need at least.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ops/network_plan.h"
#include "trialforge/profile.h"

namespace trialforge {

/** A pass over a batch: FLOPs of the direct algorithm, and the bytes of every operand once. */
struct PassCost {
  std::string name;  // "conv2d_1 forward"
  double flops = 0;  // a sample
  double bytes = 0;  // a sample
  double weight_bytes = 0;

  ProfileRange range(int batch) const {
    return ProfileRange(name, flops * batch, bytes * batch + weight_bytes);
  }
};

/** The passes of a training step. */
struct NetworkCosts {
  /** The layers that run as one with a layer and are told so, each next to the one before. */
  using Joined = std::function<std::vector<std::size_t>(std::size_t layer)>;
  NetworkCosts() = default;
  NetworkCosts(const NetworkPlan& plan, const OptimizerSpec& optimizer,
               const Joined& forward_joined, const Joined& backward_joined);

  std::vector<PassCost> forward, backward;  // one a layer
  PassCost gather, loss, optimizer;
};

/** What a step over `weights` moves: reads the gradient, reads and writes weights and state. */
double optimizer_bytes(const OptimizerSpec& spec, std::size_t weights);

/** Of the layer `layer`, counted within its type: "conv2d_1", "conv2d_2", "dense_1". */
std::string layer_label(const NetworkPlan& plan, std::size_t layer);

}  // namespace trialforge
