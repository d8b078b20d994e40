#include "trialforge/network.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "devices.h"
#include "gradient.h"
#include "reference/network.h"
#include "testing.h"

namespace trialforge::testing {
namespace {

/** Every kind of layer, on 8 x 9 x 2 images and 5 classes. */
NetworkSpec tiny(OptimizerKind optimizer = OptimizerKind::adam) {
  NetworkSpec spec{.in_height = 8, .in_width = 9, .in_channels = 2};
  spec.layers = {Conv2dLayer{.filters = 6,
                             .kernel_height = 3,
                             .kernel_width = 3,
                             .stride_height = 2,
                             .padding = Padding::same,
                             .activation = Activation::elu,
                             .kernel_regularizer = {.l1 = 1e-3f, .l2 = 1e-2f}},
                 DropoutLayer{.rate = 0.2f},
                 Conv2dLayer{.filters = 5,
                             .kernel_height = 2,
                             .kernel_width = 2,
                             .dilation_width = 2,
                             .activation = Activation::relu},
                 Pool2dLayer{.kind = PoolKind::max, .stride_height = 1, .stride_width = 2},
                 ActivationLayer{.activation = Activation::softplus},
                 Pool2dLayer{.kind = PoolKind::average,
                             .pool_height = 2,
                             .pool_width = 2,
                             .stride_height = 2,
                             .stride_width = 2,
                             .padding = Padding::same},
                 FlattenLayer{},
                 DenseLayer{.units = 11, .activation = Activation::tanh},
                 DropoutLayer{.rate = 0.4f},
                 DenseLayer{.units = 7, .activation = Activation::sigmoid, .use_bias = false},
                 DenseLayer{.units = 5, .bias_regularizer = {.l2 = 0.1f}},
                 SoftmaxLayer{}};
  spec.optimizer.kind = optimizer;
  spec.optimizer.learning_rate = 0.01f;
  spec.seed = 3;
  return spec;
}

constexpr std::size_t tiny_sample = 8 * 9 * 2;

std::vector<std::int32_t> some_labels(std::size_t n, int classes) {
  std::vector<std::int32_t> labels(n);
  for (std::size_t i = 0; i < n; ++i) labels[i] = static_cast<int>(i * 7 % 11) % classes;
  return labels;
}

Dataset tiny_data(const Device& device, std::size_t n, std::vector<float>* images = nullptr) {
  const std::vector<float> x = random_floats(n * tiny_sample, 5);
  Dataset data(device, tiny_sample, std::span<const float>(x));
  data.set_labels(some_labels(n, 5), 5);
  if (images != nullptr) *images = x;
  return data;
}

std::vector<float> weights_of(const Network& network) {
  std::vector<float> weights(network.parameter_count());
  network.get_weights(weights);
  return weights;
}

const Register slope("the reference network's gradient is the slope", [] {
  NetworkSpec spec = tiny();
  reference::Network network(spec);
  const std::vector<double> x = to_double(random_floats(4 * tiny_sample, 5));
  const std::vector<std::int32_t> labels = some_labels(4, 5);
  std::vector<double> gradient;
  network.gradient(x, labels, gradient);
  const auto objective = [&] { return network.loss(x, labels, true); };
  expect_close("gradient", gradient, slopes(objective, network.weights(), 1e-6), 1e-8, 1e-5);
});

/** The paper's network, smaller: convolution on convolution, a dense layer stepped block by block.
 */
NetworkSpec small_paper(OptimizerKind optimizer) {
  NetworkSpec spec{.in_height = 14, .in_width = 14};
  spec.layers = {
      Conv2dLayer{
          .filters = 9, .kernel_height = 3, .kernel_width = 3, .activation = Activation::tanh},
      Conv2dLayer{
          .filters = 16, .kernel_height = 3, .kernel_width = 3, .activation = Activation::elu},
      Pool2dLayer{},
      FlattenLayer{},
      DenseLayer{.units = 170,
                 .activation = Activation::sigmoid,
                 .kernel_regularizer = {.l1 = 1e-4f, .l2 = 1e-3f}},
      DropoutLayer{.rate = 0.3f},
      DenseLayer{.units = 5},
      SoftmaxLayer{}};
  spec.optimizer.kind = optimizer;
  spec.optimizer.learning_rate = 0.01f;
  spec.seed = 4;
  return spec;
}

/** On CUDA no weights are left to step behind the backward pass. */
NetworkSpec large_first_layer() {
  NetworkSpec spec{.in_height = 16, .in_width = 16};
  spec.layers = {FlattenLayer{}, DenseLayer{.units = 257, .activation = Activation::relu},
                 DenseLayer{.units = 5}, SoftmaxLayer{}};
  spec.optimizer.learning_rate = 1e-3f;
  spec.seed = 5;
  return spec;
}

/** Dropout wherever it may stand: some are run by the kernels around them, some alone. */
NetworkSpec drops_everywhere() {
  const auto conv = [](int filters, Activation activation) {
    return Conv2dLayer{
        .filters = filters, .kernel_height = 3, .kernel_width = 3, .activation = activation};
  };
  NetworkSpec spec{.in_height = 16, .in_width = 15};
  spec.layers = {conv(6, Activation::relu),
                 DropoutLayer{.rate = 0.1f},
                 conv(8, Activation::relu),
                 Pool2dLayer{},
                 DropoutLayer{.rate = 0.2f},
                 conv(7, Activation::linear),
                 Pool2dLayer{},
                 DropoutLayer{.rate = 0.3f},
                 FlattenLayer{},
                 DenseLayer{.units = 30, .activation = Activation::relu},
                 DropoutLayer{.rate = 0},
                 DropoutLayer{.rate = 0.4f},
                 DenseLayer{.units = 21, .activation = Activation::elu},
                 DropoutLayer{.rate = 0.3f},
                 DenseLayer{.units = 22},
                 DropoutLayer{.rate = 0.2f},
                 DropoutLayer{.rate = 0.1f},
                 DenseLayer{.units = 23},
                 DropoutLayer{.rate = 0.1f},
                 ActivationLayer{.activation = Activation::relu},
                 DenseLayer{.units = 5},
                 DropoutLayer{.rate = 0.1f},
                 SoftmaxLayer{}};
  spec.optimizer = {.kind = OptimizerKind::sgd, .learning_rate = 0.05f};
  spec.seed = 6;
  return spec;
}

/** Five steps give the reference's weights. */
void follows_reference(const Device& device, const NetworkSpec& spec, int batch, double absolute,
                       double relative) {
  const std::size_t sample =
      static_cast<std::size_t>(spec.in_height) * spec.in_width * spec.in_channels;
  const std::vector<float> images = random_floats(batch * sample, 8);
  Dataset data(device, sample, std::span<const float>(images));
  data.set_labels(some_labels(batch, 5), 5);
  Network network(device, spec);
  reference::Network expected(spec);
  for (int step = 0; step < 5; ++step) {
    network.train_epoch(data, {.batch_size = batch, .shuffle = false});
    expected.train(to_double(images), some_labels(batch, 5));
  }
  expect_close("weights", weights_of(network), expected.weights(), absolute, relative);
}

const RegisterOnDevices drops("5 steps give the reference's weights, dropout everywhere",
                              [](const Device& device) {
                                follows_reference(device, drops_everywhere(), 7, 1e-5, 1e-4);
                              });

const RegisterOnDevices large_first("5 steps give the reference's weights, a large first layer",
                                    [](const Device& device) {
                                      follows_reference(device, large_first_layer(), 3, 2e-4, 1e-3);
                                    });

const RegisterOnDevices long_sums(
    "a step gives the reference's weights, with long sums and large layers",
    [](const Device& device) {
      // Sums are split on both sides of a layer at once, and a layer's weights are stepped before
      // others have their gradients.
      NetworkSpec spec{.in_channels = 16};
      spec.layers = {FlattenLayer{},
                     DenseLayer{.units = 20, .activation = Activation::relu},
                     DenseLayer{.units = 600, .activation = Activation::relu},
                     DenseLayer{.units = 130},
                     DenseLayer{.units = 5},
                     SoftmaxLayer{}};
      spec.optimizer = {.kind = OptimizerKind::sgd, .learning_rate = 0.5f};
      constexpr int batch = 520;
      const std::vector<float> inputs = random_floats(batch * 16, 8);
      Dataset data(device, 16, std::span<const float>(inputs));
      data.set_labels(some_labels(batch, 5), 5);
      Network network(device, spec);
      reference::Network expected(spec);
      network.train_epoch(data, {.batch_size = batch, .shuffle = false});
      expected.train(to_double(inputs), some_labels(batch, 5));
      expect_close("weights", weights_of(network), expected.weights(), 1e-5, 1e-4);
    });

const bool registered = [] {
  const std::pair<const char*, OptimizerKind> rules[] = {{"sgd", OptimizerKind::sgd},
                                                         {"adam", OptimizerKind::adam},
                                                         {"rmsprop", OptimizerKind::rmsprop},
                                                         {"adagrad", OptimizerKind::adagrad},
                                                         {"adadelta", OptimizerKind::adadelta}};
  for (const auto& [name, kind] : rules) {
    RegisterOnDevices(std::string("20 steps of ") + name + " give the reference's weights",
                      [kind = kind](const Device& device) {
                        const NetworkSpec spec = tiny(kind);
                        std::vector<float> images;
                        const Dataset data = tiny_data(device, 6, &images);
                        Network network(device, spec);
                        reference::Network expected(spec);
                        for (std::uint64_t step = 0; step < 20; ++step) {
                          network.train_epoch(data, {.batch_size = 6, .shuffle = false});
                          expected.train(to_double(images), some_labels(6, 5));
                        }
                        check(network.iterations() == 20, "not 20 steps");
                        expect_close("weights", weights_of(network), expected.weights(), 2e-4,
                                     2e-3);
                      });
    RegisterOnDevices(
        std::string("5 steps of ") + name + " give the reference's weights, the paper's network",
        [kind = kind](const Device& device) {
          // Rules that divide by the gradient's size carry the rounding of the smallest ones.
          follows_reference(device, small_paper(kind), 9, 2e-4, 1e-3);
        });
  }
  return true;
}();

const Register threads("the weights after two epochs do not depend on the number of threads", [] {
  std::vector<float> first;
  for (const int threads : {1, 2, 3, 7}) {
    const Device device = Device::cpu(threads);
    const Dataset data = tiny_data(device, 101);
    Network network(device, tiny());
    Metrics metrics;
    for (std::uint64_t epoch = 0; epoch < 2; ++epoch) {
      metrics = network.train_epoch(data, {.batch_size = 32, .epoch = epoch});
    }
    check(std::isfinite(metrics.loss), "the loss is not finite");
    const std::vector<float> weights = weights_of(network);
    if (first.empty()) first = weights;
    check(std::memcmp(first.data(), weights.data(), weights.size() * sizeof(float)) == 0,
          std::to_string(threads) + " threads give other weights than 1");
  }
});

const RegisterOnDevices learns(
    "a network learns, and evaluates and predicts consistently", [](const Device& device) {
      const Dataset data = tiny_data(device, 50);
      NetworkSpec spec = tiny();
      spec.layers[1] = DropoutLayer{};
      spec.layers[8] = DropoutLayer{};
      Network network(device, spec);
      const Metrics before = network.evaluate(data, 8, nullptr);
      for (std::uint64_t epoch = 0; epoch < 30; ++epoch) {
        network.train_epoch(data, {.batch_size = 10, .epoch = epoch});
      }
      const Metrics after = network.evaluate(data, 8, nullptr),
                    whole = network.evaluate(data, 50, nullptr);
      check(after.loss < before.loss * 0.9, "the loss went from " + std::to_string(before.loss) +
                                                " to " + std::to_string(after.loss));
      check(std::abs(after.loss - whole.loss) < 1e-5 && after.accuracy == whole.accuracy,
            "the batch size changes the evaluation");
      std::vector<float> probabilities(50 * 5);
      network.predict(data, 7, probabilities, nullptr);
      const std::vector<std::int32_t> labels = some_labels(50, 5);
      double correct = 0;
      for (int i = 0; i < 50; ++i) {
        const float* p = &probabilities[i * 5];
        double sum = 0;
        int best = 0;
        for (int c = 0; c < 5; ++c) {
          sum += p[c];
          if (p[c] > p[best]) best = c;
        }
        check(std::abs(sum - 1) < 1e-5, "probabilities do not add up to 1");
        correct += best == labels[i];
      }
      check(correct / 50 == after.accuracy, "predictions and accuracy disagree");
    });

const RegisterOnDevices one_hot(
    "one-hot labels train as class indices do", [](const Device& device) {
      const Dataset sparse = tiny_data(device, 20);
      std::vector<float> images, targets(20 * 5);
      Dataset dense = tiny_data(device, 20, &images);
      const std::vector<std::int32_t> labels = some_labels(20, 5);
      for (int i = 0; i < 20; ++i) targets[i * 5 + labels[i]] = 1;
      dense.set_targets(targets, 5);
      NetworkSpec spec = tiny();
      Network a(device, spec);
      spec.loss = Loss::categorical_crossentropy;
      Network b(device, spec);
      const Metrics ma = a.train_epoch(sparse, {.batch_size = 8});
      const Metrics mb = b.train_epoch(dense, {.batch_size = 8});
      check(std::abs(ma.loss - mb.loss) < 1e-5 && ma.accuracy == mb.accuracy, "metrics differ");
      expect_close("weights", weights_of(a), weights_of(b), 1e-5, 1e-5);
    });

const RegisterOnDevices bytes("bytes are scaled by 1/255", [](const Device& device) {
  std::vector<std::uint8_t> raw(10 * tiny_sample);
  std::vector<float> scaled(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    raw[i] = static_cast<std::uint8_t>(i * 37);
    scaled[i] = static_cast<float>(raw[i]) * (1.0f / 255);
  }
  Dataset a(device, tiny_sample, std::span<const std::uint8_t>(raw));
  Dataset b(device, tiny_sample, std::span<const float>(scaled));
  Network network(device, tiny());
  std::vector<float> pa(50), pb(50);
  network.predict(a, 4, pa, nullptr);
  network.predict(b, 4, pb, nullptr);
  check(pa == pb, "predictions differ");
});

const RegisterOnDevices not_finite("a diverging network reports it and stays usable",
                                   [](const Device& device) {
                                     const Dataset data = tiny_data(device, 20);
                                     NetworkSpec spec = tiny(OptimizerKind::sgd);
                                     spec.optimizer.learning_rate = 1e20f;
                                     Network network(device, spec);
                                     const std::vector<float> initial = weights_of(network);
                                     Metrics metrics;
                                     for (std::uint64_t e = 0; e < 3; ++e)
                                       metrics =
                                           network.train_epoch(data, {.batch_size = 5, .epoch = e});
                                     check(!std::isfinite(metrics.loss), "the loss is finite");
                                     network.set_weights(initial);
                                     check(std::isfinite(network.evaluate(data, 5, nullptr).loss),
                                           "not usable afterwards");
                                   });

const Register cancels("training stops between batches when asked", [] {
  const Device device = Device::cpu(1);
  const Dataset data = tiny_data(device, 40);
  Network network(device, tiny());
  std::atomic<bool> stop = false;
  expect_error(ErrorCode::cancelled, "stopped", [&] {
    network.train_epoch(data, {.batch_size = 4,
                               .on_batch = [&](const BatchProgress& p) { stop = p.batch == 3; },
                               .cancelled = &stop});
  });
  check(network.iterations() == 3, "not stopped after the third batch");
  stop = false;
  network.train_epoch(data, {.batch_size = 4, .cancelled = &stop});
  check(network.iterations() == 13, "not usable afterwards");
});

const Register large_evaluation("a large evaluation does not enlarge the buffers of training", [] {
  const Device device = Device::cpu(2);
  const Dataset data = tiny_data(device, 200);
  Network network(device, tiny());
  network.evaluate(data, 200, nullptr);
  const std::size_t before = network.bytes();
  network.train_epoch(data, {.batch_size = 2});
  // The gradient and Adam's two means; the batches of 2 fit what the evaluation had.
  check(network.bytes() == before + 3 * sizeof(float) * network.parameter_count(),
        std::to_string(before) + " bytes became " + std::to_string(network.bytes()));
});

const RegisterOnDevices steady(
    "what runs between two epochs does not change the training", [](const Device& device) {
      const Dataset data = tiny_data(device, 50), few = tiny_data(device, 3);
      const auto trained = [&](auto between) {
        Network network(device, tiny());
        network.train_epoch(data, {.batch_size = 8});
        between(network);
        network.train_epoch(data, {.batch_size = 8, .epoch = 1});
        return weights_of(network);
      };
      std::vector<float> probabilities(50 * 5);
      const std::vector<float> expected = trained([](Network&) {});
      check(expected == trained([&](Network& n) { n.evaluate(data, 50, nullptr); }), "evaluate");
      check(expected == trained([&](Network& n) { n.evaluate(few, 1, nullptr); }),
            "a small evaluate");
      check(expected == trained([&](Network& n) { n.predict(data, 31, probabilities, nullptr); }),
            "predict");
    });

const RegisterOnDevices learning_rate("a changed learning rate holds from the next step on",
                                      [](const Device& device) {
                                        const Dataset data = tiny_data(device, 12);
                                        NetworkSpec slow = tiny();
                                        slow.optimizer.learning_rate = 1e-3f;
                                        Network built(device, slow), changed(device, tiny());
                                        changed.set_learning_rate(1e-3f);
                                        for (Network* network : {&built, &changed})
                                          network->train_epoch(data, {.batch_size = 4});
                                        check(weights_of(changed) == weights_of(built),
                                              "the weights differ");
                                        for (const float rate : {0.0f, -1.0f, INFINITY, NAN}) {
                                          expect_error(ErrorCode::invalid_argument,
                                                       "learning_rate must be above 0",
                                                       [&] { changed.set_learning_rate(rate); });
                                        }
                                      });

const Register too_large(
    "a batch that memory cannot hold is refused, and the network stays usable", [] {
      constexpr std::size_t n = 1 << 24;
      const Device device = Device::cpu(2);
      NetworkSpec spec{.layers = {FlattenLayer{}, DenseLayer{.units = n}, DenseLayer{.units = 1},
                                  SoftmaxLayer{}}};
      Network network(device, spec);
      const std::size_t bytes = network.bytes();
      const std::vector<std::uint8_t> images(n);
      const Dataset large(device, 1, std::span<const std::uint8_t>(images));
      const Dataset small(device, 1, std::span<const std::uint8_t>(images).first(2));
      std::vector<float> probabilities(n);
      // More than 2^50 bytes: beyond any address space.
      expect_error(ErrorCode::out_of_memory, "bytes asked for",
                   [&] { network.predict(large, n, probabilities, nullptr); });
      check(network.bytes() == bytes, "memory that is not there is counted");
      network.predict(small, 2, std::span(probabilities).first(2), nullptr);
      check(probabilities[0] == 1 && probabilities[1] == 1, "not usable afterwards");
    });

const Register refuses("a network refuses what does not fit, naming layer and value", [] {
  const Device device = Device::cpu(1);
  const auto refused = [&](const char* part, NetworkSpec spec) {
    expect_error(ErrorCode::invalid_argument, part, [&] { Network network(device, spec); });
  };
  NetworkSpec spec = tiny();
  spec.layers.clear();
  refused("layers must not be empty", spec);
  spec = tiny();
  spec.layers.pop_back();
  refused("the last layer must have the activation softmax", spec);
  spec = tiny();
  spec.layers.insert(spec.layers.begin(), SoftmaxLayer{});
  refused("layer 0: softmax is the activation of the last layer only", spec);
  spec = tiny();
  std::get<Conv2dLayer>(spec.layers[0]).filters = -3;
  refused("layer 0: conv2d: filters must be 1 or more, not -3", spec);
  spec = tiny();
  std::get<Conv2dLayer>(spec.layers[2]).kernel_height = 9;
  refused("layer 2: conv2d: a window of height 9 does not fit", spec);
  spec = tiny();
  std::get<DropoutLayer>(spec.layers[1]).rate = 1;
  refused("layer 1: dropout: rate must be in [0, 1)", spec);
  spec = tiny();
  std::get<DenseLayer>(spec.layers[7]).kernel_regularizer.l2 = NAN;
  refused("layer 7: kernel regularizer: l2", spec);
  spec = tiny();
  spec.layers.erase(spec.layers.begin() + 6);
  refused("layer 6: dense needs an input of shape [features]", spec);
  spec = tiny();
  spec.optimizer.learning_rate = 0;
  refused("learning_rate must be above 0", spec);
  refused("no layer has weights", {.layers = {FlattenLayer{}, SoftmaxLayer{}}});

  Network network(device, tiny());
  const std::vector<float> images(10);
  Dataset wrong(device, 5, std::span<const float>(images));
  wrong.set_labels(some_labels(2, 5), 5);
  expect_error(ErrorCode::invalid_argument, "a sample has 5 values, the network's input 144",
               [&] { network.train_epoch(wrong, {}); });
  const std::vector<float> none;
  Dataset empty(device, tiny_sample, std::span<const float>(none));
  empty.set_labels({}, 5);
  expect_error(ErrorCode::invalid_argument, "needs class indices", [&] {
    network.evaluate(
        Dataset(device, tiny_sample, std::span<const float>(random_floats(tiny_sample, 1))), 1,
        nullptr);
  });
  expect_error(ErrorCode::invalid_argument, "the dataset is empty",
               [&] { network.train_epoch(empty, {}); });
  const Dataset good = tiny_data(device, 4);
  expect_error(ErrorCode::invalid_argument, "batch_size must be 1 or more, not 0",
               [&] { network.train_epoch(good, {.batch_size = 0}); });
  network.train_epoch(good, {});
});

const Register datasets("a dataset refuses labels and values that do not fit", [] {
  const Device device = Device::cpu(1);
  const std::vector<float> images(12);
  Dataset data(device, 4, std::span<const float>(images));
  const std::vector<std::int32_t> labels = {0, 10, 2}, two = {0, 1};
  expect_error(ErrorCode::invalid_argument, "label 10 at index 1 is outside [0, 10)",
               [&] { data.set_labels(labels, 10); });
  expect_error(ErrorCode::invalid_argument, "labels must have 3 elements, not 2",
               [&] { data.set_labels(two, 10); });
  const std::vector<float> holes = {1, 2, std::numeric_limits<float>::quiet_NaN(), 4};
  expect_error(ErrorCode::invalid_argument, "image 1 holds nan at position 0",
               [&] { Dataset bad(device, 2, std::span<const float>(holes)); });
  expect_error(ErrorCode::invalid_argument, "4 values are no multiple of the sample size 3",
               [&] { Dataset bad(device, 3, std::span<const float>(holes)); });
});

}  // namespace
}  // namespace trialforge::testing
