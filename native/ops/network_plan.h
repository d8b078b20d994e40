// What a NetworkSpec means: every layer's sizes, and where its weights lie. The same for all
// devices.
#pragma once

#include <optional>

#include "trialforge/dense.h"
#include "trialforge/dropout.h"
#include "trialforge/network.h"

namespace trialforge {

/** One layer, with shapes of batch 1. */
struct PlannedLayer {
  LayerSpec spec;
  std::size_t in_size = 0, out_size = 0;  // floats a sample
  Conv2dShape conv;                       // Conv2dLayer
  Pool2dShape pool;                       // Pool2dLayer
  DenseShape dense;                       // DenseLayer
  Activation activation = Activation::linear;
  std::optional<ParameterInfo> kernel, bias;
};

struct NetworkPlan {
  std::size_t in_size = 0;
  int classes = 0;
  std::vector<PlannedLayer> layers;  // without the SoftmaxLayer, which the loss contains
  std::vector<LayerInfo> infos;      // of all layers
  std::vector<ParameterInfo> parameters;
  std::size_t parameter_count = 0;
  std::vector<RegularizedSegment> segments;
  int first_trained = 0;  // the first layer with weights: no gradient is needed below it
};

/** Throws ErrorCode::invalid_argument naming the layer and the value that does not fit. */
NetworkPlan plan_network(const NetworkSpec& spec);

/** Glorot-uniform kernels, zero biases. weights: [parameter_count]. */
void initial_weights(const NetworkPlan& plan, std::uint64_t seed, std::span<float> weights);

/** The mask of the dropout layer `layer` in the optimizer step `iteration`. */
DropoutMask dropout_mask(const NetworkSpec& spec, int layer, float rate, std::uint64_t iteration);

}  // namespace trialforge
