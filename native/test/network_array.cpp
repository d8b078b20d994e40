#include <chrono>
#include <cmath>
#include <cstring>
#include <future>

#include "devices.h"
#include "testing.h"
#include "trialforge/network.h"

namespace trialforge::testing {
namespace {

constexpr std::size_t sample = 12 * 11;
constexpr int classes = 4;

/** The paper's network, smaller, with the numbers of a trial. */
NetworkSpec trial_spec(std::uint64_t seed, float learning_rate, float rate, float l2) {
  NetworkSpec spec{.in_height = 12, .in_width = 11, .seed = seed};
  spec.layers = {
      Conv2dLayer{
          .filters = 5, .kernel_height = 3, .kernel_width = 3, .activation = Activation::relu},
      Conv2dLayer{.filters = 6,
                  .kernel_height = 3,
                  .kernel_width = 3,
                  .activation = Activation::elu,
                  .kernel_regularizer = {.l2 = l2}},
      Pool2dLayer{},
      FlattenLayer{},
      DenseLayer{.units = 9, .activation = Activation::relu, .kernel_regularizer = {.l1 = l2 / 10}},
      DropoutLayer{.rate = rate},
      DenseLayer{.units = classes},
      SoftmaxLayer{}};
  spec.optimizer.learning_rate = learning_rate;
  return spec;
}

std::vector<NetworkSpec> some_trials() {
  return {trial_spec(1, 1e-2f, 0.5f, 0), trial_spec(2, 3e-3f, 0, 1e-2f),
          trial_spec(3, 1e-3f, 0.2f, 0), trial_spec(4, 1e-2f, 0.3f, 1e-3f)};
}

Dataset some_data(const Device& device, std::size_t n) {
  std::vector<std::uint8_t> images(n * sample);
  for (std::size_t i = 0; i < images.size(); ++i) {
    images[i] = static_cast<std::uint8_t>(i * 131 % 251);
  }
  std::vector<std::int32_t> labels(n);
  for (std::size_t i = 0; i < n; ++i) labels[i] = static_cast<int>(i * 7 % 11) % classes;
  Dataset data(device, sample, std::span<const std::uint8_t>(images));
  data.set_labels(labels, classes);
  return data;
}

std::vector<float> weights_of(const Network& network) {
  std::vector<float> weights(network.parameter_count());
  network.get_weights(weights);
  return weights;
}

std::vector<Network*> pointers(std::vector<Network>& networks, std::span<const int> which) {
  std::vector<Network*> result;
  for (const int i : which) result.push_back(&networks[i]);
  return result;
}

void expect_same(const std::string& what, const Metrics& a, const Metrics& b) {
  check(std::memcmp(&a, &b, sizeof(a)) == 0,
        what + ": loss " + std::to_string(a.loss) + " and accuracy " + std::to_string(a.accuracy) +
            ", alone " + std::to_string(b.loss) + " and " + std::to_string(b.accuracy));
}

const RegisterOnDevices same(
    "networks that train as one get, bit for bit, what each gets alone, some dropped on the way",
    [](const Device& device) {
      const std::vector<NetworkSpec> specs = some_trials();
      const Dataset data = some_data(device, 11), test = some_data(device, 5);
      std::vector<Network> together = make_networks(device, specs), alone;
      for (const NetworkSpec& spec : specs) alone.emplace_back(device, spec);

      const std::vector<std::vector<int>> epochs = {{0, 1, 2, 3}, {0, 1, 2, 3}, {3, 1}, {2, 3, 1}};
      for (std::uint64_t epoch = 0; epoch < epochs.size(); ++epoch) {
        const EpochOptions options{.batch_size = 4, .epoch = epoch};
        const std::vector<int>& which = epochs[epoch];
        const std::vector<Network*> networks = pointers(together, which);
        const std::vector<Metrics> metrics = train_epoch(networks, data, options);
        const std::vector<Metrics> tested = evaluate(networks, test, 3, nullptr);
        for (std::size_t i = 0; i < which.size(); ++i) {
          Network& own = alone[which[i]];
          const std::string name =
              "network " + std::to_string(which[i]) + " in epoch " + std::to_string(epoch);
          expect_same(name, metrics[i], own.train_epoch(data, options));
          expect_same(name + ", test", tested[i], own.evaluate(test, 3, nullptr));
        }
      }
      for (std::size_t i = 0; i < specs.size(); ++i) {
        const std::string name = "network " + std::to_string(i);
        check(weights_of(together[i]) == weights_of(alone[i]), name + " has other weights");
        check(together[i].iterations() == alone[i].iterations(), name + " made other steps");
        std::vector<float> a(5 * classes), b(a.size());
        together[i].predict(test, 2, a, nullptr);
        alone[i].predict(test, 2, b, nullptr);
        check(a == b, name + " predicts otherwise");
        expect_same(name + ", alone again", together[i].train_epoch(data, {.batch_size = 5}),
                    alone[i].train_epoch(data, {.batch_size = 5}));
      }
    });

const RegisterOnDevices shuffles(
    "the order of an epoch is the same on every device", [](const Device& device) {
      constexpr std::size_t n = 5000;
      const Device host = Device::cpu(1);
      std::vector<float> images = random_floats(n, 8);
      std::vector<std::int32_t> labels(n);
      for (std::size_t i = 0; i < n; ++i) labels[i] = images[i] > 0;
      NetworkSpec spec{.layers = {FlattenLayer{}, DenseLayer{.units = 2}, SoftmaxLayer{}},
                       .seed = 6};
      spec.optimizer = {.kind = OptimizerKind::sgd, .learning_rate = 1};
      std::vector<std::vector<float>> weights;
      for (const Device* place : {&host, &device}) {
        Dataset data(*place, 1, std::span<const float>(images));
        data.set_labels(labels, 2);
        Network network(*place, spec);
        network.train_epoch(data, {.batch_size = 700, .epoch = 3});
        weights.push_back(weights_of(network));
      }
      // In another order the weights differ in the second digit.
      expect_close("weights", weights[1], weights[0], 1e-5, 1e-5);
    });

const RegisterOnDevices used_meanwhile(
    "a network is read and set while others that were made with it train",
    [](const Device& device) {
      const std::vector<NetworkSpec> specs = some_trials();
      const Dataset data = some_data(device, 11);
      std::vector<Network> together = make_networks(device, specs), alone;
      for (const NetworkSpec& spec : specs) alone.emplace_back(device, spec);
      // Their memory is moved to where that of the first was.
      const std::vector<int> which = {3, 1};
      const auto epochs = [&](const auto& train) {
        for (std::uint64_t epoch = 0; epoch < 4; ++epoch) {
          // Graphs are recorded anew for other batches.
          train(EpochOptions{.batch_size = 2 + static_cast<int>(epoch), .epoch = epoch});
        }
      };
      auto training = std::async(std::launch::async, [&] {
        epochs([&](const EpochOptions& options) {
          train_epoch(pointers(together, which), data, options);
        });
      });
      Network& idle = together[0];
      const std::vector<float> start = weights_of(alone[0]);
      float rate = 0;
      do {
        check(weights_of(idle) == start, "the idle network has other weights");
        idle.set_weights(start);
        rate = rate == 0.5f ? 0.25f : 0.5f;
        idle.set_learning_rate(rate);
        idle.trim();
      } while (training.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready);
      training.get();
      for (const int i : which) {
        epochs([&](const EpochOptions& options) { alone[i].train_epoch(data, options); });
        check(weights_of(together[i]) == weights_of(alone[i]), "one that trained has others");
      }
      alone[0].set_learning_rate(rate);
      expect_same("the idle one", idle.train_epoch(data, {.batch_size = 4}),
                  alone[0].train_epoch(data, {.batch_size = 4}));
      check(weights_of(idle) == weights_of(alone[0]), "the idle one learns otherwise");
    });

const RegisterOnDevices infinite(
    "an infinite weight has no penalty where only others have penalties", [](const Device& device) {
      const auto spec = [](float l2) {
        NetworkSpec spec{.in_channels = 4};
        spec.layers = {
            FlattenLayer{},
            DenseLayer{
                .units = 3, .activation = Activation::relu, .kernel_regularizer = {.l2 = l2}},
            DenseLayer{.units = classes}, SoftmaxLayer{}};
        return spec;
      };
      const std::vector<NetworkSpec> specs = {spec(0), spec(0.01f)};
      const std::vector<float> ones(8, 1.0f);
      Dataset data(device, 4, std::span<const float>(ones));
      data.set_labels(std::vector<std::int32_t>{0, 1}, classes);
      std::vector<Network> together = make_networks(device, specs);
      Network alone(device, specs[0]);
      // The unit is off, so that all else is finite.
      std::vector<float> weights = weights_of(alone);
      weights[0] = -INFINITY;
      alone.set_weights(weights);
      together[0].set_weights(weights);
      const std::vector<Network*> both = pointers(together, std::vector<int>{0, 1});
      const Metrics expected = alone.train_epoch(data, {.batch_size = 1});
      check(std::isfinite(expected.loss), "the loss is not finite");
      expect_same("training", train_epoch(both, data, {.batch_size = 1})[0], expected);
      expect_same("test", evaluate(both, data, 2, nullptr)[0], alone.evaluate(data, 2, nullptr));
    });

const RegisterOnDevices progress(
    "training together tells of every network", [](const Device& device) {
      const Dataset data = some_data(device, 9);
      std::vector<Network> networks = make_networks(device, some_trials());
      const std::vector<Network*> all = pointers(networks, std::vector<int>{0, 1, 2, 3});
      std::int64_t last = 0;
      std::atomic<bool> stop = false;
      EpochOptions options{.batch_size = 2, .cancelled = &stop};
      options.on_batch = [&](const BatchProgress& p) {
        check(p.batches == 5 && p.batch > last && p.batch <= 5, "batches are told out of order");
        check(!p.metrics.empty() && p.metrics[0].loss > 0, "no metrics");
        last = p.batch == p.batches ? 0 : p.batch;
      };
      train_epoch(all, data, options);
      stop = true;
      expect_error(ErrorCode::cancelled, "stopped", [&] { train_epoch(all, data, options); });
      stop = false;
      train_epoch(all, data, options);
      check(networks[3].iterations() == 10, "not usable after a stop");
    });

const Register limit(
    "a memory limit refuses more, naming bytes, and leaves the networks usable", [] {
      const Device& device = test_device(DeviceKind::cuda);
      const std::vector<NetworkSpec> specs = some_trials();
      expect_error(ErrorCode::out_of_memory, "bytes asked for",
                   [&] { make_networks(device, specs, std::make_shared<MemoryBudget>(1000)); });
      const Dataset data = some_data(device, 200);
      const auto budget = std::make_shared<MemoryBudget>(600000);
      std::vector<Network> networks = make_networks(device, specs, budget);
      const std::vector<Network*> all = pointers(networks, std::vector<int>{0, 1, 2, 3});
      expect_error(ErrorCode::out_of_memory, "free of the memory limit of 600000 bytes",
                   [&] { train_epoch(all, data, {.batch_size = 200}); });
      train_epoch(all, some_data(device, 3), {.batch_size = 2});
      check(networks[0].iterations() == 2, "not usable afterwards");

      const std::size_t free = budget->free();
      networks[2].trim();
      check(budget->free() > free, "nothing was freed");
      train_epoch(all, some_data(device, 3), {.batch_size = 2});
      check(networks[0].iterations() == 4, "not usable after trim()");
      networks.clear();
      check(budget->free() == budget->limit(), "not all was given back");
    });

const Register unlike("networks that are not alike do not become one", [] {
  const Device& device = test_device(DeviceKind::cuda);
  const auto refused = [&](const char* part, const std::function<void(NetworkSpec&)>& change) {
    std::vector<NetworkSpec> specs = some_trials();
    change(specs[2]);
    expect_error(ErrorCode::invalid_argument, part, [&] { make_networks(device, specs); });
  };
  refused("network 2 has another layer 1",
          [](NetworkSpec& spec) { std::get<Conv2dLayer>(spec.layers[1]).filters = 7; });
  refused("network 2 has another optimizer",
          [](NetworkSpec& spec) { spec.optimizer.kind = OptimizerKind::sgd; });
  refused("network 2 has another precision",
          [](NetworkSpec& spec) { spec.precision = Precision::tf32; });
  const Dataset data = some_data(device, 4);
  std::vector<Network> a = make_networks(device, some_trials());
  Network b(device, some_trials()[0]);
  const std::vector<Network*> strangers = {&a[0], &b}, twice = {&a[0], &a[0]};
  expect_error(ErrorCode::invalid_argument, "not made together",
               [&] { train_epoch(strangers, data, {}); });
  expect_error(ErrorCode::invalid_argument, "twice", [&] { train_epoch(twice, data, {}); });
});

const Register places("a dataset must be where the network is", [] {
  const Device& cuda = test_device(DeviceKind::cuda);
  Network network(cuda, some_trials()[0]);
  const Dataset data = some_data(Device::cpu(1), 4);
  expect_error(ErrorCode::invalid_argument, "the dataset is on cpu, the network on cuda:0",
               [&] { network.train_epoch(data, {}); });
});

const Register precision("the CPU has float32 only", [] {
  NetworkSpec spec = some_trials()[0];
  spec.precision = Precision::bfloat16;
  expect_error(ErrorCode::invalid_argument, "precision bfloat16 needs a CUDA device",
               [&] { Network network(Device::cpu(1), spec); });
});

}  // namespace
}  // namespace trialforge::testing
