// A planned network on the CPU: one arena, and a fixed list of calls over the pool.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cpu/ops.h"
#include "cpu/thread_pool.h"
#include "ops/network_costs.h"
#include "ops/network_engine.h"
#include "ops/network_plan.h"

namespace trialforge::cpu {

/** Sums over a batch, in double. */
struct BatchSums {
  double loss = 0;
  double correct = 0;
};

class Network final : public NetworkEngine {
 public:
  Network(ThreadPool& pool, const NetworkSpec& spec, const NetworkPlan& plan);

  std::uint64_t iterations() const noexcept override { return iterations_; }
  std::size_t bytes() const noexcept override;
  Metrics train_epoch(const Dataset& data, const EpochOptions& options) override;
  Metrics evaluate(const Dataset& data, int batch_size,
                   const std::atomic<bool>* cancelled) override;
  void predict(const Dataset& data, int batch_size, std::span<float> probabilities,
               const std::atomic<bool>* cancelled) override;
  void get_weights(std::span<float> weights) const override;
  void set_weights(std::span<const float> weights) override;
  void set_learning_rate(float learning_rate) override;
  void trim() override;

 private:
  struct Buffers {
    float* output = nullptr;  // [batch, out_size]; the layer's input where it changes nothing, null
                              // where the next layer's output is all that is needed
    std::int32_t* argmax = nullptr;  // like output, max pooling only
  };

  /** Makes room for batches of up to `batch`. All that a step needs is allocated here, and kept for
   * the next call. */
  void reserve(int batch, bool training);
  /** order_ becomes 0 .. n - 1. */
  void natural_order(std::size_t n);
  /** Calls body(samples, index of the first) for every batch of order_. */
  template <typename Body>
  void each_batch(int batch, const std::atomic<bool>* cancelled, Body body);
  /** One optimizer step on the samples `samples` of `data`. */
  BatchSums train(const Dataset& data, std::span<const std::uint32_t> samples);
  double penalty() const;

  /** The convolution `layer`, with the pooling that follows it. */
  Conv2dBlock block(std::size_t layer, int batch) const;
  Conv2dBlockOutputs block_outputs(std::size_t layer) const;

  void gather(const Dataset& data, std::span<const std::uint32_t> samples);
  /** Returns the logits. */
  const float* forward(int batch, bool training);
  BatchSums loss(const Dataset& data, std::span<const std::uint32_t> samples, const float* logits,
                 float* dlogits);
  void backward(int batch, const OptimizerStep& step);

  ThreadPool& pool_;
  NetworkSpec spec_;
  const NetworkPlan& plan_;
  const NetworkCosts costs_;
  Floats weights_, gradients_, state_;
  std::vector<WeightRange> stepped_last_;  // the weights of all other parameters
  std::uint64_t iterations_ = 0;
  std::vector<std::uint32_t> order_;

  int batch_ = 0;
  bool training_ = false;
  Floats arena_;
  float* input_ = nullptr;           // [batch, in_size]
  std::vector<Buffers> buffers_;     // one a layer
  float* gradient_[2] = {};          // [batch, largest layer], in turn
  float* targets_ = nullptr;         // [batch, classes]
  std::int32_t* labels_ = nullptr;   // [batch]
  float* sample_loss_ = nullptr;     // [batch]
  float* sample_correct_ = nullptr;  // [batch]
};

}  // namespace trialforge::cpu
