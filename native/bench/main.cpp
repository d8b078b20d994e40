// Every operation of the paper's network, and its whole training step, against the machine's own
// ceilings: multiply-adds in registers and copying in memory, measured in the same run.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "cpu/kernels/kernels.h"
#include "cpu/ops.h"
#include "trialforge/network.h"

namespace trialforge {
namespace {

struct Row {
  std::string name;
  double seconds, flops, bytes;
};

struct Options {
  int threads = 0;
  int repeats = 7;
  bool json = false;
};

/** Seconds of `repeats` runs after a warm-up, ascending. */
std::vector<double> sorted_seconds(int repeats, const std::function<void()>& body) {
  body();
  std::vector<double> seconds;
  for (int i = 0; i < repeats; ++i) {
    const auto start = std::chrono::steady_clock::now();
    body();
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    seconds.push_back(elapsed.count());
  }
  std::sort(seconds.begin(), seconds.end());
  return seconds;
}

class Bench {
 public:
  explicit Bench(const Options& options)
      : options_(options), device_(Device::cpu(options.threads)), pool_(device_.pool()) {}

  void run() {
    measure_ceilings();
    for (const auto& [batch, units] : {std::pair{128, 128}, std::pair{32, 512}}) {
      layers(batch, units);
      whole_network(batch, units);
    }
    if (options_.json) {
      print_json();
    } else {
      print_table();
    }
  }

 private:
  static std::vector<float> filled(std::size_t n) {
    std::vector<float> values(n);
    for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<float>(i % 17) * 0.01f - 0.08f;
    return values;
  }

  void add(const std::string& name, double flops, double bytes, const std::function<void()>& body) {
    const std::vector<double> seconds = sorted_seconds(options_.repeats, body);
    rows_.push_back({name, seconds[seconds.size() / 2], flops, bytes});
  }

  double best_seconds(const std::function<void()>& body) const {
    return sorted_seconds(options_.repeats, body).front();
  }

  void measure_ceilings() {
    const cpu::Kernels& k = cpu::kernels();
    constexpr std::int64_t steps = 4'000'000;
    const double seconds = best_seconds([&] {
      pool_.parallel_for(pool_.threads(), [&](std::int64_t, int) {
        volatile float sink = k.multiply_add_chains(steps);
        (void)sink;
      });
    });
    peak_flops_ = 24.0 * k.width * steps * pool_.threads() / seconds;

    constexpr std::size_t n = 64u << 20;  // bytes: well beyond most caches
    std::vector<char> from(n, 1), to(n);
    const std::int64_t chunks = 64;
    const double copy = best_seconds([&] {
      pool_.parallel_for(chunks, [&](std::int64_t i, int) {
        std::memcpy(&to[i * (n / chunks)], &from[i * (n / chunks)], n / chunks);
      });
    });
    peak_bytes_ = 2.0 * n / copy;
  }

  void convolution(const std::string& name, const Conv2dShape& s, bool needs_dx) {
    const auto x = filled(s.x_size()), w = filled(s.w_size()), bias = filled(s.out_channels);
    auto y = filled(s.y_size()), dx = filled(s.x_size()), dw = filled(s.w_size()), db = bias;
    const double flops = 2.0 * s.y_size() * s.kernel_height * s.kernel_width * s.in_channels;
    const double bytes = 4.0 * (s.x_size() + s.w_size() + s.y_size());
    add(name + " forward", flops, bytes, [&] {
      cpu::conv2d_forward(pool_, s, x.data(), w.data(), bias.data(), Activation::relu, y.data());
    });
    add(name + " backward filter", flops, bytes,
        [&] { cpu::conv2d_backward_filter(pool_, s, x.data(), y.data(), dw.data(), db.data()); });
    if (!needs_dx) return;
    add(name + " backward input", flops, bytes,
        [&] { cpu::conv2d_backward_input(pool_, s, y.data(), w.data(), dx.data()); });
  }

  void dense(const std::string& name, const DenseShape& s) {
    const auto x = filled(s.x_size()), w = filled(s.w_size()), bias = filled(s.out_features);
    auto y = filled(s.y_size()), dx = filled(s.x_size()), dw = filled(s.w_size()), db = bias;
    const double flops = 2.0 * s.batch * s.w_size();
    const double bytes = 4.0 * (s.x_size() + s.w_size() + s.y_size());
    add(name + " forward", flops, bytes, [&] {
      cpu::dense_forward(pool_, s, x.data(), w.data(), bias.data(), Activation::relu, y.data());
    });
    add(name + " backward weights", flops, bytes,
        [&] { cpu::dense_backward_weights(pool_, s, x.data(), y.data(), dw.data(), db.data()); });
    add(name + " backward input", flops, bytes,
        [&] { cpu::dense_backward_input(pool_, s, y.data(), w.data(), dx.data()); });
  }

  void layers(int batch, int units) {
    const std::string at = " (batch " + std::to_string(batch) + ")";
    convolution("conv2d 28x28x1 to 32" + at,
                {.batch = batch,
                 .in_height = 28,
                 .in_width = 28,
                 .kernel_height = 3,
                 .kernel_width = 3,
                 .out_channels = 32},
                false);
    convolution("conv2d 26x26x32 to 64" + at,
                {.batch = batch,
                 .in_height = 26,
                 .in_width = 26,
                 .in_channels = 32,
                 .kernel_height = 3,
                 .kernel_width = 3,
                 .out_channels = 64},
                true);
    const Pool2dShape p{.batch = batch,
                        .in_height = 24,
                        .in_width = 24,
                        .channels = 64,
                        .pool_height = 2,
                        .pool_width = 2,
                        .stride_height = 2,
                        .stride_width = 2};
    auto x = filled(p.x_size()), y = filled(p.y_size());
    std::vector<std::int32_t> argmax(p.y_size());
    const double bytes = 4.0 * (p.x_size() + 2 * p.y_size());
    add("max_pool2d forward" + at, 0, bytes,
        [&] { cpu::max_pool2d_forward(pool_, p, x.data(), y.data(), argmax.data()); });
    add("max_pool2d backward" + at, 0, bytes,
        [&] { cpu::max_pool2d_backward(pool_, p, y.data(), argmax.data(), x.data()); });
    for (const Activation activation : {Activation::relu, Activation::tanh, Activation::elu}) {
      const std::string name = std::string(activation_name(activation)) + at;
      add(name + " forward", 0, 8.0 * x.size(),
          [&] { cpu::activation_forward(pool_, activation, x.data(), x.data(), x.size()); });
    }
    dense("dense 9216 to " + std::to_string(units) + at, {batch, 9216, units});
    dense("dense " + std::to_string(units) + " to 10" + at, {batch, units, 10});
    const OptimizerSpec adam;
    auto w = filled(9216u * units), dw = filled(w.size());
    std::vector<float> state(2 * w.size());
    add("adam, " + std::to_string(w.size()) + " weights", 0, 4.0 * 7 * w.size(), [&] {
      cpu::optimizer_step(pool_, adam, 1, {}, dw.data(), w.data(), state.data(), w.size());
    });
  }

  void whole_network(int batch, int units) {
    const NetworkSpec spec{
        .in_height = 28,
        .in_width = 28,
        .layers = {Conv2dLayer{.filters = 32,
                               .kernel_height = 3,
                               .kernel_width = 3,
                               .activation = Activation::relu},
                   Conv2dLayer{.filters = 64,
                               .kernel_height = 3,
                               .kernel_width = 3,
                               .activation = Activation::relu},
                   Pool2dLayer{}, FlattenLayer{},
                   DenseLayer{.units = units, .activation = Activation::relu},
                   DropoutLayer{.rate = 0.5f}, DenseLayer{.units = 10}, SoftmaxLayer{}}};
    const std::size_t n = 2048;
    std::vector<std::uint8_t> images(n * 784);
    std::vector<std::int32_t> labels(n);
    for (std::size_t i = 0; i < images.size(); ++i) images[i] = static_cast<std::uint8_t>(i * 31);
    for (std::size_t i = 0; i < n; ++i) labels[i] = static_cast<std::int32_t>(i % 10);
    Dataset data(device_, 784, std::span<const std::uint8_t>(images));
    data.set_labels(labels, 10);
    Network network(device_, spec);
    double forward = 0;
    for (const LayerInfo& layer : network.layers()) forward += layer.forward_flops;
    // Backward costs twice the forward pass, but for the first layer's input gradient.
    const double training = 3 * forward - network.layers()[0].forward_flops;
    const std::string at = ", dense " + std::to_string(units) + ", batch " + std::to_string(batch);
    add("training epoch" + at, training * n, 0,
        [&] { network.train_epoch(data, {.batch_size = batch}); });
    images_per_second_.push_back({"training" + at, n / rows_.back().seconds});
    add("inference" + at, forward * n, 0, [&] { network.evaluate(data, 256, nullptr); });
    images_per_second_.push_back({"inference" + at, n / rows_.back().seconds});
  }

  void print_table() const {
    std::printf("%d threads, %s; ceilings: %.0f GFLOP/s multiply-add, %.1f GB/s copy\n\n",
                pool_.threads(), capabilities().instruction_set.c_str(), peak_flops_ / 1e9,
                peak_bytes_ / 1e9);
    std::printf("%-50s %10s %9s %7s %8s %7s\n", "", "ms", "GFLOP/s", "% peak", "GB/s", "% copy");
    for (const Row& row : rows_) {
      std::printf("%-50s %10.3f", row.name.c_str(), row.seconds * 1e3);
      if (row.flops > 0) {
        std::printf(" %9.1f %7.1f", row.flops / row.seconds / 1e9,
                    100 * row.flops / row.seconds / peak_flops_);
      } else {
        std::printf(" %9s %7s", "", "");
      }
      if (row.bytes > 0) {
        std::printf(" %8.1f %7.1f", row.bytes / row.seconds / 1e9,
                    100 * row.bytes / row.seconds / peak_bytes_);
      }
      std::printf("\n");
    }
    std::printf("\n");
    for (const auto& [name, rate] : images_per_second_) {
      std::printf("%-50s %10.0f images/s\n", name.c_str(), rate);
    }
  }

  void print_json() const {
    std::printf(
        "{\"threads\": %d, \"instructionSet\": \"%s\", \"peakFlops\": %.6g, "
        "\"copyBytesPerSecond\": %.6g, \"rows\": [",
        pool_.threads(), capabilities().instruction_set.c_str(), peak_flops_, peak_bytes_);
    const char* separator = "";
    for (const Row& row : rows_) {
      std::printf("%s\n  {\"name\": \"%s\", \"seconds\": %.6g, \"flops\": %.6g, \"bytes\": %.6g}",
                  separator, row.name.c_str(), row.seconds, row.flops, row.bytes);
      separator = ",";
    }
    std::printf("\n], \"imagesPerSecond\": {");
    separator = "";
    for (const auto& [name, rate] : images_per_second_) {
      std::printf("%s\n  \"%s\": %.6g", separator, name.c_str(), rate);
      separator = ",";
    }
    std::printf("\n}}\n");
  }

  Options options_;
  Device device_;
  cpu::ThreadPool& pool_;
  double peak_flops_ = 0, peak_bytes_ = 0;
  std::vector<Row> rows_;
  std::vector<std::pair<std::string, double>> images_per_second_;
};

int usage(int status) {
  std::printf(
      "Usage: trialforge_bench [--threads N] [--repeats N] [--json]\n\n"
      "Measures every operation of the paper's network, and its training step, against the\n"
      "machine's multiply-add and copy ceilings (best of the repeats). Each time is a median.\n");
  return status;
}

}  // namespace
}  // namespace trialforge

int main(int argc, char** argv) {
  trialforge::Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const int value = i + 1 < argc ? std::atoi(argv[i + 1]) : 0;
    if (argument == "--help") return trialforge::usage(0);
    if (argument == "--json") {
      options.json = true;
    } else if (argument == "--threads" && value > 0) {
      options.threads = value, ++i;
    } else if (argument == "--repeats" && value > 0) {
      options.repeats = value, ++i;
    } else {
      return trialforge::usage(2);
    }
  }
  try {
    trialforge::Bench(options).run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
