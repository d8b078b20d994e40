// A planned network on the CPU: one arena, and a fixed list of calls over the pool.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cpu/ops.h"
#include "cpu/thread_pool.h"
#include "ops/network_plan.h"

namespace trialforge::cpu {

/** Sums over a batch, in double. */
struct BatchSums {
  double loss = 0;
  double correct = 0;
};

class Network {
 public:
  Network(ThreadPool& pool, const NetworkSpec& spec, const NetworkPlan& plan);

  std::span<float> weights() noexcept { return weights_.span(); }
  std::span<const float> weights() const noexcept { return weights_.span(); }
  std::uint64_t iterations() const noexcept { return iterations_; }
  std::size_t bytes() const noexcept;

  /** Makes room for batches of up to `batch`: call it before the first of an epoch, an evaluation
   * or a prediction. All that a step needs is allocated here, and kept for the next call. */
  void reserve(int batch, bool training);

  /** One optimizer step on the samples `samples` of `data`. */
  BatchSums train(const Dataset& data, std::span<const std::uint32_t> samples);
  BatchSums evaluate(const Dataset& data, std::span<const std::uint32_t> samples);
  void predict(const Dataset& data, std::span<const std::uint32_t> samples, float* probabilities);
  double penalty() const;

 private:
  struct Buffers {
    float* output = nullptr;  // [batch, out_size]; the layer's input where it changes nothing, null
                              // where the next layer's output is all that is needed
    std::int32_t* argmax = nullptr;  // like output, max pooling only
  };

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
  const NetworkSpec& spec_;
  const NetworkPlan& plan_;
  /** Whether the step of the layer's kernel is made while its gradient is in the cache. */
  bool stepped_in_place(const PlannedLayer& layer) const;

  Floats weights_, gradients_, state_;
  std::vector<WeightRange> stepped_last_;  // the weights of all other parameters
  std::uint64_t iterations_ = 0;

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
