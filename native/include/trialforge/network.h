// A sequential network compiled into one training step: buffers laid out once, operations fused,
// nothing allocated while it trains.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "trialforge/activation.h"
#include "trialforge/conv2d.h"
#include "trialforge/dataset.h"
#include "trialforge/device.h"
#include "trialforge/optimizer.h"
#include "trialforge/pool2d.h"
#include "trialforge/precision.h"

namespace trialforge {

/** Penalty l1 * sum |w| + l2 * sum w^2, added to the loss. Both 0 or more. */
struct Regularizer {
  float l1 = 0, l2 = 0;
};

struct Conv2dLayer {
  int filters = 1;
  int kernel_height = 1, kernel_width = 1;
  int stride_height = 1, stride_width = 1;
  int dilation_height = 1, dilation_width = 1;
  Padding padding = Padding::valid;
  Activation activation = Activation::linear;
  bool use_bias = true;
  Regularizer kernel_regularizer, bias_regularizer;
};

struct Pool2dLayer {
  PoolKind kind = PoolKind::max;
  int pool_height = 2, pool_width = 2;
  int stride_height = 2, stride_width = 2;
  Padding padding = Padding::valid;
};

struct FlattenLayer {};

struct DenseLayer {
  int units = 1;
  Activation activation = Activation::linear;
  bool use_bias = true;
  Regularizer kernel_regularizer, bias_regularizer;
};

struct ActivationLayer {
  Activation activation = Activation::linear;
};

/** The output layer: class probabilities. It must be the last one, and only that. */
struct SoftmaxLayer {};

struct DropoutLayer {
  float rate = 0;  // [0, 1)
};

using LayerSpec = std::variant<Conv2dLayer, Pool2dLayer, FlattenLayer, DenseLayer, ActivationLayer,
                               SoftmaxLayer, DropoutLayer>;

/** Cross-entropy with class indices or with target probabilities. */
enum class Loss { sparse_categorical_crossentropy, categorical_crossentropy };

struct NetworkSpec {
  int in_height = 1, in_width = 1, in_channels = 1;
  std::vector<LayerSpec> layers;
  OptimizerSpec optimizer;
  Loss loss = Loss::sparse_categorical_crossentropy;
  Precision precision = Precision::float32;
  std::uint64_t seed = 0;
};

/** One weight tensor. */
struct ParameterInfo {
  int layer = 0;                     // index into NetworkSpec::layers
  std::string name;                  // "kernel" or "bias"
  std::vector<int> shape;            // conv [height, width, in, out], dense [in, out], bias [out]
  std::size_t offset = 0, size = 0;  // floats, in the network's weights
};

struct LayerInfo {
  std::string name;  // "conv2d", "max_pool2d", "average_pool2d", "flatten", "dense", ...
  std::vector<int> output_shape;  // without the batch: [height, width, channels] or [units]
  std::size_t parameters = 0;
  double forward_flops = 0;  // a sample
};

/** Means over the samples seen. The loss includes the regularisation penalty. */
struct Metrics {
  double loss = 0;
  double accuracy = 0;
};

struct BatchProgress {
  std::int64_t batch = 0;        // batches done
  std::int64_t batches = 0;      // batches of the epoch
  std::vector<Metrics> metrics;  // so far, of each network that trains
};

struct EpochOptions {
  int batch_size = 32;      // the last batch may be smaller
  std::uint64_t epoch = 0;  // which shuffle
  bool shuffle = true;
  /** Called on the training thread; on CUDA after some batches at once. */
  std::function<void(const BatchProgress&)> on_batch;
  /** Looked at before every batch, on CUDA before a few milliseconds' batches. */
  const std::atomic<bool>* cancelled = nullptr;
};

/** Bytes of a device that several networks may use together. Threads may share it. */
class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t bytes) : limit_(bytes) {}
  std::size_t limit() const noexcept { return limit_; }
  std::size_t free() const noexcept { return limit_ - used_.load(); }
  /** Whether so many bytes were free; they are not any more then. */
  bool take(std::size_t bytes) noexcept {
    std::size_t used = used_.load();
    do {
      if (bytes > limit_ - used) return false;
    } while (!used_.compare_exchange_weak(used, used + bytes));
    return true;
  }
  void give(std::size_t bytes) noexcept { used_.fetch_sub(bytes); }

 private:
  std::size_t limit_;
  std::atomic<std::size_t> used_ = 0;  // at most limit_
};

/** One caller at a time. Weights start Glorot-uniform (Glorot & Bengio 2010), biases at 0. */
class Network {
 public:
  /** Throws ErrorCode::invalid_argument naming the layer and the value that does not fit. */
  Network(const Device& device, const NetworkSpec& spec);
  ~Network();
  Network(Network&&) noexcept;
  Network& operator=(Network&&) noexcept;

  const Device& device() const noexcept;
  const std::vector<LayerInfo>& layers() const noexcept;
  const std::vector<ParameterInfo>& parameters() const noexcept;
  std::size_t parameter_count() const noexcept;
  int classes() const noexcept;
  /** Optimizer steps made. */
  std::uint64_t iterations() const noexcept;
  /** Device memory held, in bytes. */
  std::size_t bytes() const noexcept;

  /** One pass over `data`. Throws ErrorCode::cancelled between two batches when asked to stop; the
   * weights then are those of the last finished batch. */
  Metrics train_epoch(const Dataset& data, const EpochOptions& options);
  Metrics evaluate(const Dataset& data, int batch_size, const std::atomic<bool>* cancelled);
  /** Class probabilities [n, classes]. */
  void predict(const Dataset& data, int batch_size, std::span<float> probabilities,
               const std::atomic<bool>* cancelled);

  /** All weights in the order of parameters(). */
  void get_weights(std::span<float> weights) const;
  /** Replaces all weights; the optimizer's state and step count are kept. */
  void set_weights(std::span<const float> weights);
  /** From the next step on; the optimizer's state and step count are kept. Throws
   * ErrorCode::invalid_argument unless it is above 0 and finite. */
  void set_learning_rate(float learning_rate);
  /** Frees the memory that only training and evaluation need. It is allocated again by the next. */
  void trim();

 private:
  struct State;
  explicit Network(std::unique_ptr<State> state);
  friend std::vector<Network> make_networks(const Device&, std::span<const NetworkSpec>,
                                            std::shared_ptr<MemoryBudget>);
  friend std::vector<Metrics> train_epoch(std::span<Network* const>, const Dataset&,
                                          const EpochOptions&);
  friend std::vector<Metrics> evaluate(std::span<Network* const>, const Dataset&, int,
                                       const std::atomic<bool>*);
  std::unique_ptr<State> state_;
};

/**
 * Networks that can train together. On CUDA they must be alike: they may differ in seed, dropout
 * rates, regularisers and the optimizer's numbers, and share their memory, which they take out of
 * `budget`, if there is one. One caller at a time for all of them; each can still be used alone.
 * Throws ErrorCode::invalid_argument naming the network and what differs.
 */
std::vector<Network> make_networks(const Device& device, std::span<const NetworkSpec> specs,
                                   std::shared_ptr<MemoryBudget> budget = nullptr);

/**
 * One epoch of networks that were made together, some or all of them: on CUDA in common steps, each
 * with the result, bit for bit, that it would have alone. They end up in any order of memory.
 */
std::vector<Metrics> train_epoch(std::span<Network* const> networks, const Dataset& data,
                                 const EpochOptions& options);
std::vector<Metrics> evaluate(std::span<Network* const> networks, const Dataset& data,
                              int batch_size, const std::atomic<bool>* cancelled);

/** The order of the samples in an epoch: sorted by a counted random key. order: [n]. */
void shuffled_order(std::uint64_t seed, std::uint64_t epoch, std::span<std::uint32_t> order);

}  // namespace trialforge
