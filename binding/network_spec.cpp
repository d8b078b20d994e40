#include "network_spec.h"

#include "binding.h"

namespace trialforge::binding {
namespace {

/** The fields of one JavaScript object. */
class Fields {
 public:
  Fields(const Napi::Value& value, const char* name) {
    require(value.IsObject(), std::string(name) + " must be an object");
    object_ = value.As<Napi::Object>();
  }

  Napi::Value get(const char* name) const { return object_.Get(name); }
  int integer(const char* name) const { return int_of(get(name), name); }
  float number(const char* name) const { return static_cast<float>(number_of(get(name), name)); }
  bool boolean(const char* name) const { return bool_of(get(name), name); }
  std::string text(const char* name) const { return string_of(get(name), name); }

  Regularizer regularizer(const char* name) const {
    const Fields fields(get(name), name);
    return {.l1 = fields.number("l1"), .l2 = fields.number("l2")};
  }
  Padding padding() const {
    const std::string name = text("padding");
    require(name == "valid" || name == "same",
            "padding must be 'valid' or 'same', not '" + name + "'");
    return name == "same" ? Padding::same : Padding::valid;
  }
  Activation activation() const { return activation_from_name(text("activation").c_str()); }

 private:
  Napi::Object object_;
};

Pool2dLayer pool_layer(const Fields& f, PoolKind kind) {
  return {.kind = kind,
          .pool_height = f.integer("poolHeight"),
          .pool_width = f.integer("poolWidth"),
          .stride_height = f.integer("strideHeight"),
          .stride_width = f.integer("strideWidth"),
          .padding = f.padding()};
}

LayerSpec layer_from(const Napi::Value& value) {
  const Fields f(value, "a layer");
  const std::string type = f.text("type");
  if (type == "conv2d") {
    return Conv2dLayer{.filters = f.integer("filters"),
                       .kernel_height = f.integer("kernelHeight"),
                       .kernel_width = f.integer("kernelWidth"),
                       .stride_height = f.integer("strideHeight"),
                       .stride_width = f.integer("strideWidth"),
                       .dilation_height = f.integer("dilationHeight"),
                       .dilation_width = f.integer("dilationWidth"),
                       .padding = f.padding(),
                       .activation = f.activation(),
                       .use_bias = f.boolean("useBias"),
                       .kernel_regularizer = f.regularizer("kernelRegularizer"),
                       .bias_regularizer = f.regularizer("biasRegularizer")};
  }
  if (type == "maxPool2d") return pool_layer(f, PoolKind::max);
  if (type == "averagePool2d") return pool_layer(f, PoolKind::average);
  if (type == "flatten") return FlattenLayer{};
  if (type == "dense") {
    return DenseLayer{.units = f.integer("units"),
                      .activation = f.activation(),
                      .use_bias = f.boolean("useBias"),
                      .kernel_regularizer = f.regularizer("kernelRegularizer"),
                      .bias_regularizer = f.regularizer("biasRegularizer")};
  }
  if (type == "activation") return ActivationLayer{.activation = f.activation()};
  if (type == "softmax") return SoftmaxLayer{};
  if (type == "dropout") return DropoutLayer{.rate = f.number("rate")};
  throw Error(ErrorCode::invalid_argument, "unknown layer type '" + type + "'");
}

OptimizerKind optimizer_kind(const std::string& name) {
  if (name == "sgd") return OptimizerKind::sgd;
  if (name == "adam") return OptimizerKind::adam;
  if (name == "rmsprop") return OptimizerKind::rmsprop;
  if (name == "adagrad") return OptimizerKind::adagrad;
  if (name == "adadelta") return OptimizerKind::adadelta;
  throw Error(ErrorCode::invalid_argument, "unknown optimizer '" + name + "'");
}

OptimizerSpec optimizer_from(const Napi::Value& value) {
  const Fields f(value, "optimizer");
  return {.kind = optimizer_kind(f.text("type")),
          .learning_rate = f.number("learningRate"),
          .momentum = f.number("momentum"),
          .nesterov = f.boolean("nesterov"),
          .beta_1 = f.number("beta1"),
          .beta_2 = f.number("beta2"),
          .rho = f.number("rho"),
          .epsilon = f.number("epsilon"),
          .corrected_epsilon = f.boolean("correctedEpsilon"),
          .initial_accumulator = f.number("initialAccumulator"),
          .centered = f.boolean("centered")};
}

Loss loss_from(const std::string& name) {
  if (name == "sparseCategoricalCrossentropy") return Loss::sparse_categorical_crossentropy;
  if (name == "categoricalCrossentropy") return Loss::categorical_crossentropy;
  throw Error(ErrorCode::invalid_argument, "unknown loss '" + name + "'");
}

}  // namespace

NetworkSpec network_spec_from(const Napi::Value& value) {
  const Fields f(value, "the network");
  NetworkSpec spec;
  spec.in_height = f.integer("inHeight");
  spec.in_width = f.integer("inWidth");
  spec.in_channels = f.integer("inChannels");
  spec.optimizer = optimizer_from(f.get("optimizer"));
  spec.loss = loss_from(f.text("loss"));
  spec.precision = precision_from_name(f.text("precision"));
  spec.seed = count_of(f.get("seed"), "seed");
  const Napi::Value layers = f.get("layers");
  require(layers.IsArray(), "layers must be an array");
  const Napi::Array list = layers.As<Napi::Array>();
  for (std::uint32_t i = 0; i < list.Length(); ++i) spec.layers.push_back(layer_from(list.Get(i)));
  return spec;
}

}  // namespace trialforge::binding
