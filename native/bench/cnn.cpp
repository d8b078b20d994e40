// The paper's network as a whole, and each of its layers.
#include "case.h"
#include "paper_network.h"
#include "passes.h"
#include "tensor.h"
#include "trialforge/dropout.h"
#include "trialforge/optimizer.h"
#include "trialforge/pool2d.h"
#include "trialforge/softmax_cross_entropy.h"

namespace trialforge::bench {
namespace {

class CnnCases {
 public:
  explicit CnnCases(const Device& device) : device_(device) {}

  std::vector<Case> all() {
    constexpr std::pair<int, int> settings[] = {{128, 128}, {32, 512}};  // batch, hidden units
    for (const auto& [batch, units] : settings) whole_network(batch, units);
    for (const auto& [batch, units] : settings) layers(batch, units);
    return std::move(cases_);
  }

 private:
  void whole_network(int batch, int units) {
    const Device device = device_;
    const NetworkSpec spec = paper_network(units);
    constexpr int images = 512;  // a multiple of every batch size
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
                        const Tensor probabilities(device, images * 10);
                        return [=] { network->predict(*data, wide, probabilities, nullptr); };
                      }});
  }

  void layers(int batch, int units) {
    at_ = ", batch " + std::to_string(batch);
    conv2d(1, 28, 32, batch);
    conv2d(32, 26, 64, batch);
    for (const Activation activation : {Activation::relu, Activation::tanh, Activation::elu}) {
      activations(activation, static_cast<std::size_t>(batch) * 24 * 24 * 64);
    }
    pooling({.batch = batch,
             .in_height = 24,
             .in_width = 24,
             .channels = 64,
             .pool_height = 2,
             .pool_width = 2,
             .stride_height = 2,
             .stride_width = 2});
    dense({batch, 9216, units}, Activation::relu);
    drop(static_cast<std::size_t>(batch) * units, units);
    dense({batch, units, 10}, Activation::linear);
    softmax({batch, 10});
    adam(static_cast<std::size_t>(9216) * units);
  }

  template <typename Prepare>
  void add(const std::string& name, const char* pass, std::size_t floats, Prepare prepare) {
    cases_.push_back({name + at_, pass, {}, 0, 4.0 * static_cast<double>(floats), 0, prepare});
  }

  void conv2d(int in_channels, int size, int filters, int batch) {
    const std::string name = "conv2d " + std::to_string(size) + "x" + std::to_string(size) + "x" +
                             std::to_string(in_channels) + " to " + std::to_string(filters);
    add_conv2d(device_, name + at_,
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
    add_dense(device_,
              "dense " + std::to_string(shape.in_features) + " to " +
                  std::to_string(shape.out_features) + at_,
              shape, activation, cases_);
  }

  void activations(Activation activation, std::size_t size) {
    const Device device = device_;
    const std::string name = std::string(activation_name(activation)) + " 24x24x64";
    add(name, "forward", 2 * size, [=] {
      const Tensor x(device, size), y(device, size);
      return [=] { activation_forward(device, activation, x, y); };
    });
    add(name, "backward", 3 * size, [=] {
      const Tensor y(device, size), dy(device, size), dx(device, size);
      return [=] { activation_backward(device, activation, y, dy, dx); };
    });
  }

  void pooling(const Pool2dShape& shape) {
    const Device device = device_;
    const std::size_t floats = shape.x_size() + 2 * shape.y_size();
    const auto positions = [=] {
      return std::make_shared<std::vector<std::int32_t>>(shape.y_size());
    };
    add("max_pool2d 24x24x64", "forward", floats, [=] {
      const Tensor x(device, shape.x_size()), y(device, shape.y_size());
      const auto argmax = positions();
      return [=] { max_pool2d_forward(device, shape, x, y, *argmax); };
    });
    add("max_pool2d 24x24x64", "backward", floats, [=] {
      const Tensor x(device, shape.x_size()), y(device, shape.y_size());
      const auto argmax = positions();
      max_pool2d_forward(device, shape, x, y, *argmax);
      return [=] { max_pool2d_backward(device, shape, y, *argmax, x); };
    });
  }

  /** Its gradient is the same operation. */
  void drop(std::size_t size, int units) {
    const Device device = device_;
    add("dropout " + std::to_string(units), "forward", 2 * size, [=] {
      const Tensor x(device, size), y(device, size);
      return [=] { dropout(device, {.rate = 0.5f}, x, y); };
    });
  }

  void softmax(const SoftmaxShape& shape) {
    const Device device = device_;
    const std::size_t rows = static_cast<std::size_t>(shape.batch);
    const std::size_t size = rows * shape.classes;
    add("softmax cross-entropy 10", "forward and backward", 2 * size + 3 * rows, [=] {
      const Tensor logits(device, size), dlogits(device, size);
      const Tensor loss(device, rows), correct(device, rows);
      const auto labels = std::make_shared<std::vector<std::int32_t>>(rows);
      return [=] {
        softmax_cross_entropy_sparse(device, shape, logits, *labels, 1.0f / shape.batch, loss,
                                     correct, dlogits);
      };
    });
  }

  /** Reads gradient, weights and two moments; writes all but the gradient. */
  void adam(std::size_t size) {
    const Device device = device_;
    add("adam, " + std::to_string(size) + " weights", "update", 7 * size, [=] {
      const Tensor dw(device, size), w(device, size), state(device, 2 * size);
      optimizer_init(device, {}, state);
      return [=] { optimizer_step(device, {}, 1, {}, dw, w, state); };
    });
  }

  Device device_;
  std::string at_;
  std::vector<Case> cases_;
};

}  // namespace

std::vector<Case> cnn_cases(const Device& device) { return CnnCases(device).all(); }

}  // namespace trialforge::bench
