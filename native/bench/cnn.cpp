// The paper's network as a whole, and each of its layers.
#include "case.h"
#include "paper_network.h"
#include "passes.h"

namespace trialforge::bench {
namespace {

class CnnCases {
 public:
  explicit CnnCases(const Target& target) : target_(target) {}

  std::vector<Case> all() {
    constexpr std::pair<int, int> settings[] = {{128, 128}, {32, 512}};  // batch, hidden units
    for (const auto& [batch, units] : settings) whole_network(batch, units);
    for (const auto& [batch, units] : settings) layers(batch, units);
    return std::move(cases_);
  }

 private:
  void whole_network(int batch, int units) {
    const Device device = target_.device;
    const NetworkSpec spec = paper_network(units, target_.precision);
    // A multiple of every batch size; on CUDA enough for the one wait of an epoch not to count.
    const int images = device.kind() == DeviceKind::cuda ? 1 << 14 : 512;
    const std::string name = "network, dense " + std::to_string(units) + ", batch ";
    cases_.push_back({name + std::to_string(batch),
                      "training",
                      {{"batch", batch}, {"units", units}},
                      images * training_flops(spec),
                      0,
                      images,
                      [=] {
                        const auto data = synthetic_digits(device, images);
                        const auto network = std::make_shared<Network>(device, spec);
                        return [=] { network->train_epoch(*data, {.batch_size = batch}); };
                      }});
    constexpr int wide = 256;
    cases_.push_back({name + std::to_string(wide),
                      "inference",
                      {{"batch", wide}, {"units", units}},
                      images * forward_flops(spec),
                      0,
                      images,
                      [=] {
                        const auto data = synthetic_digits(device, images);
                        const auto network = std::make_shared<Network>(device, spec);
                        const auto probabilities =
                            std::make_shared<std::vector<float>>(images * std::size_t{10});
                        return [=] { network->predict(*data, wide, *probabilities, nullptr); };
                      }});
  }

  void layers(int batch, int units) {
    at_ = ", batch " + std::to_string(batch);
    conv2d(1, 28, 32, batch);
    conv2d(32, 26, 64, batch);
    const Device& device = target_.device;
    for (const Activation activation : {Activation::relu, Activation::tanh, Activation::elu}) {
      add(std::string(activation_name(activation)) + " 24x24x64",
          activation_workloads(device, activation, static_cast<std::size_t>(batch) * 24 * 24 * 64));
    }
    add("max_pool2d 24x24x64", pool2d_workloads(device, PoolKind::max,
                                                {.batch = batch,
                                                 .in_height = 24,
                                                 .in_width = 24,
                                                 .channels = 64,
                                                 .pool_height = 2,
                                                 .pool_width = 2,
                                                 .stride_height = 2,
                                                 .stride_width = 2}));
    dense({batch, 9216, units}, Activation::relu);
    add("dropout " + std::to_string(units),
        dropout_workloads(device, static_cast<std::size_t>(batch) * units));
    dense({batch, units, 10}, Activation::linear);
    add("softmax cross-entropy 10", softmax_cross_entropy_workloads(device, {batch, 10}));
    const std::size_t weights = static_cast<std::size_t>(9216) * units;
    add("adam, " + std::to_string(weights) + " weights", optimizer_workloads(device, {}, weights));
  }

  void conv2d(int in_channels, int size, int filters, int batch) {
    const std::string name = "conv2d " + std::to_string(size) + "x" + std::to_string(size) + "x" +
                             std::to_string(in_channels) + " to " + std::to_string(filters);
    add_conv2d(target_, name + at_,
               {.batch = batch,
                .in_height = size,
                .in_width = size,
                .in_channels = in_channels,
                .kernel_height = 3,
                .kernel_width = 3,
                .out_channels = filters},
               Activation::relu, in_channels > 1, cases_);
  }

  void dense(const DenseShape& shape, Activation activation) {
    add_dense(target_,
              "dense " + std::to_string(shape.in_features) + " to " +
                  std::to_string(shape.out_features) + at_,
              shape, activation, cases_);
  }

  void add(const std::string& name, const std::vector<Workload>& workloads) {
    bench::add(name + at_, workloads, cases_);
  }

  Target target_;
  std::string at_;
  std::vector<Case> cases_;
};

}  // namespace

std::vector<Case> cnn_cases(const Target& target) { return CnnCases(target).all(); }

}  // namespace trialforge::bench
