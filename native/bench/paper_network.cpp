#include "paper_network.h"

#include <vector>

#include "trialforge/random.h"

namespace trialforge::bench {
namespace {

constexpr std::size_t pixels = 28 * 28;

std::vector<LayerInfo> layer_infos(const NetworkSpec& spec) {
  return Network(Device::cpu(1), spec).layers();
}

}  // namespace

NetworkSpec paper_network(int units, Precision precision) {
  const auto conv = [](int filters) {
    return Conv2dLayer{
        .filters = filters, .kernel_height = 3, .kernel_width = 3, .activation = Activation::relu};
  };
  return {
      .in_height = 28,
      .in_width = 28,
      .layers = {conv(32), conv(64), Pool2dLayer{}, FlattenLayer{},
                 DenseLayer{.units = units, .activation = Activation::relu},
                 DropoutLayer{.rate = 0.5f}, DenseLayer{.units = 10}, SoftmaxLayer{}},
      // So low that the weights, and with them the range of all values, stay as they are.
      .optimizer = {.learning_rate = 1e-6f},
      .precision = precision,
  };
}

std::shared_ptr<const Dataset> synthetic_digits(const Device& device, std::size_t size) {
  std::vector<std::uint8_t> images(size * pixels);
  for (std::size_t i = 0; i < images.size(); ++i) {
    images[i] = static_cast<std::uint8_t>(random_block(1, RandomPurpose::split, 0, i)[0]);
  }
  std::vector<std::int32_t> labels(size);
  for (std::size_t i = 0; i < size; ++i) labels[i] = static_cast<std::int32_t>(i % 10);
  auto data = std::make_shared<Dataset>(device, pixels, std::span<const std::uint8_t>(images));
  data->set_labels(labels, 10);
  return data;
}

double forward_flops(const NetworkSpec& spec) {
  double flops = 0;
  for (const LayerInfo& layer : layer_infos(spec)) {
    if (layer.name == "conv2d" || layer.name == "dense") flops += layer.forward_flops;
  }
  return flops;
}

double training_flops(const NetworkSpec& spec) {
  return 3 * forward_flops(spec) - layer_infos(spec).front().forward_flops;
}

}  // namespace trialforge::bench
