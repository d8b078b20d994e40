#include "ops/network_plan.h"

#include <algorithm>
#include <cmath>

#include "ops/check.h"
#include "trialforge/random.h"

namespace trialforge {
namespace {

constexpr int kMaxLayers = 256;  // a dropout mask counts its layer in eight bits

template <typename... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <typename... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

/** Builds the plan layer by layer, carrying the shape between them. */
class Planner {
 public:
  explicit Planner(const NetworkSpec& spec) : spec_(spec) {}

  NetworkPlan plan() {
    require_positive("network: in_height", spec_.in_height);
    require_positive("network: in_width", spec_.in_width);
    require_positive("network: in_channels", spec_.in_channels);
    spec_.optimizer.validate();
    require(!spec_.layers.empty(), "network: layers must not be empty");
    require(spec_.layers.size() <= kMaxLayers, "network: more than 256 layers");
    require(std::holds_alternative<SoftmaxLayer>(spec_.layers.back()),
            "network: the last layer must have the activation softmax, which the loss needs");
    shape_ = {spec_.in_height, spec_.in_width, spec_.in_channels};
    plan_.in_size =
        checked_size("network: an input", {spec_.in_height, spec_.in_width, spec_.in_channels});
    plan_.first_trained = -1;
    for (index_ = 0; index_ < static_cast<int>(spec_.layers.size()); ++index_) {
      try {
        add(spec_.layers[index_]);
      } catch (const Error& error) {
        throw Error(error.code(),
                    "layer " + std::to_string(index_) + ": " + std::string(error.what()));
      }
    }
    require(plan_.first_trained >= 0, "network: no layer has weights to train");
    plan_.classes = shape_[0];
    return std::move(plan_);
  }

 private:
  void add(const LayerSpec& spec) {
    PlannedLayer layer;
    layer.spec = spec;
    layer.in_size = size();
    LayerInfo info;
    std::visit(
        Overloaded{
            [&](const Conv2dLayer& conv) { add_conv(conv, layer, info); },
            [&](const Pool2dLayer& pool) { add_pool(pool, layer, info); },
            [&](const FlattenLayer&) {
              info.name = "flatten";
              shape_ = {static_cast<int>(size())};
            },
            [&](const DenseLayer& dense) { add_dense(dense, layer, info); },
            [&](const ActivationLayer& activation) {
              info.name = "activation";
              layer.activation = activation.activation;
            },
            [&](const SoftmaxLayer&) {
              info.name = "softmax";
              require(index_ + 1 == static_cast<int>(spec_.layers.size()),
                      "softmax is the activation of the last layer only");
              require(shape_.size() == 1,
                      "softmax needs an input of shape [classes]; put a flatten layer before");
            },
            [&](const DropoutLayer& dropout) {
              info.name = "dropout";
              require(dropout.rate >= 0 && dropout.rate < 1,
                      "dropout: rate must be in [0, 1), not " + std::to_string(dropout.rate));
            },
        },
        spec);
    layer.out_size = size();
    info.output_shape = shape_;
    plan_.infos.push_back(std::move(info));
    if (!std::holds_alternative<SoftmaxLayer>(spec)) plan_.layers.push_back(std::move(layer));
  }

  void add_conv(const Conv2dLayer& conv, PlannedLayer& layer, LayerInfo& info) {
    require_image("conv2d");
    require_positive("conv2d: filters", conv.filters);
    layer.conv = {.batch = 1,
                  .in_height = shape_[0],
                  .in_width = shape_[1],
                  .in_channels = shape_[2],
                  .kernel_height = conv.kernel_height,
                  .kernel_width = conv.kernel_width,
                  .out_channels = conv.filters,
                  .stride_height = conv.stride_height,
                  .stride_width = conv.stride_width,
                  .dilation_height = conv.dilation_height,
                  .dilation_width = conv.dilation_width,
                  .padding = conv.padding};
    layer.conv.validate();
    layer.activation = conv.activation;
    add_parameters(layer, info, {conv.kernel_height, conv.kernel_width, shape_[2], conv.filters},
                   conv.use_bias, conv.kernel_regularizer, conv.bias_regularizer);
    shape_ = {layer.conv.out_height(), layer.conv.out_width(), conv.filters};
    info.name = "conv2d";
    info.forward_flops = 2.0 * layer.conv.w_size() * shape_[0] * shape_[1];
  }

  void add_pool(const Pool2dLayer& pool, PlannedLayer& layer, LayerInfo& info) {
    info.name = pool.kind == PoolKind::max ? "max_pool2d" : "average_pool2d";
    require_image(info.name.c_str());
    layer.pool = {.batch = 1,
                  .in_height = shape_[0],
                  .in_width = shape_[1],
                  .channels = shape_[2],
                  .pool_height = pool.pool_height,
                  .pool_width = pool.pool_width,
                  .stride_height = pool.stride_height,
                  .stride_width = pool.stride_width,
                  .padding = pool.padding};
    layer.pool.validate();
    shape_ = {layer.pool.out_height(), layer.pool.out_width(), shape_[2]};
    info.forward_flops = static_cast<double>(size()) * pool.pool_height * pool.pool_width;
  }

  void add_dense(const DenseLayer& dense, PlannedLayer& layer, LayerInfo& info) {
    require(shape_.size() == 1, "dense needs an input of shape [features], not " + shape_text() +
                                    "; put a flatten layer before");
    layer.dense = {.batch = 1, .in_features = shape_[0], .out_features = dense.units};
    layer.dense.validate();
    layer.activation = dense.activation;
    add_parameters(layer, info, {shape_[0], dense.units}, dense.use_bias, dense.kernel_regularizer,
                   dense.bias_regularizer);
    shape_ = {dense.units};
    info.name = "dense";
    info.forward_flops = 2.0 * layer.dense.w_size();
  }

  void add_parameters(PlannedLayer& layer, LayerInfo& info, std::vector<int> kernel_shape,
                      bool use_bias, const Regularizer& kernel, const Regularizer& bias) {
    if (plan_.first_trained < 0) plan_.first_trained = static_cast<int>(plan_.layers.size());
    const int outputs = kernel_shape.back();
    layer.kernel = add_parameter("kernel", std::move(kernel_shape), kernel);
    info.parameters = layer.kernel->size;
    if (!use_bias) return;
    layer.bias = add_parameter("bias", {outputs}, bias);
    info.parameters += layer.bias->size;
  }

  ParameterInfo add_parameter(const char* name, std::vector<int> shape,
                              const Regularizer& penalty) {
    require(penalty.l1 >= 0 && std::isfinite(penalty.l1),
            std::string(name) + " regularizer: l1 must be 0 or more and finite, not " +
                std::to_string(penalty.l1));
    require(penalty.l2 >= 0 && std::isfinite(penalty.l2),
            std::string(name) + " regularizer: l2 must be 0 or more and finite, not " +
                std::to_string(penalty.l2));
    ParameterInfo info;
    info.layer = index_;
    info.name = name;
    info.shape = std::move(shape);
    info.offset = plan_.parameter_count;
    info.size = 1;
    for (const int n : info.shape) info.size *= static_cast<std::size_t>(n);
    plan_.parameter_count += info.size;
    require(plan_.parameter_count < 1u << 31, "the network has 2^31 weights or more");
    if (penalty.l1 != 0 || penalty.l2 != 0) {
      plan_.segments.push_back({.begin = info.offset,
                                .end = info.offset + info.size,
                                .l1 = penalty.l1,
                                .l2 = penalty.l2});
    }
    plan_.parameters.push_back(info);
    return info;
  }

  void require_image(const char* name) const {
    require(shape_.size() == 3, std::string(name) +
                                    " needs an input of shape [height, width, channels], not " +
                                    shape_text());
  }

  std::string shape_text() const {
    std::string text;
    for (const int n : shape_) text += (text.empty() ? "[" : ", ") + std::to_string(n);
    return text + "]";
  }

  std::size_t size() const {
    std::size_t total = 1;
    for (const int n : shape_) total *= static_cast<std::size_t>(n);
    return total;
  }

  const NetworkSpec& spec_;
  NetworkPlan plan_;
  std::vector<int> shape_;
  int index_ = 0;
};

}  // namespace

NetworkPlan plan_network(const NetworkSpec& spec) { return Planner(spec).plan(); }

void initial_weights(const NetworkPlan& plan, std::uint64_t seed, std::span<float> weights) {
  require_size("network: weights", weights, plan.parameter_count);
  for (const ParameterInfo& parameter : plan.parameters) {
    float* const w = weights.data() + parameter.offset;
    if (parameter.name == "bias") {
      std::fill(w, w + parameter.size, 0.0f);
      continue;
    }
    const std::size_t n = parameter.shape.size();
    const double receptive = static_cast<double>(parameter.size) /
                             (static_cast<double>(parameter.shape[n - 2]) * parameter.shape[n - 1]);
    const double fan_in = receptive * parameter.shape[n - 2];
    const double fan_out = receptive * parameter.shape[n - 1];
    const float limit = static_cast<float>(std::sqrt(6 / (fan_in + fan_out)));
    for (std::size_t i = 0; i < parameter.size; i += 4) {
      const auto words = random_block(seed, RandomPurpose::weights,
                                      static_cast<std::uint64_t>(parameter.layer), i / 4);
      for (std::size_t j = 0; j < 4 && i + j < parameter.size; ++j) {
        w[i + j] = limit * (2 * uniform_float(words[j]) - 1);
      }
    }
  }
}

DropoutMask dropout_mask(const NetworkSpec& spec, int layer, float rate, std::uint64_t iteration) {
  return {.rate = rate, .seed = spec.seed, .step = dropout_step(iteration, layer)};
}

void shuffled_order(std::uint64_t seed, std::uint64_t epoch, std::span<std::uint32_t> order) {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> keyed(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto words = random_block(seed, RandomPurpose::shuffle, epoch, i);
    keyed[i] = {static_cast<std::uint64_t>(words[0]) << 32 | words[1],
                static_cast<std::uint32_t>(i)};
  }
  std::sort(keyed.begin(), keyed.end());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = keyed[i].second;
}

}  // namespace trialforge
