#include "cpu/network.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "cpu/kernels/kernels.h"
#include "cpu/ops.h"
#include "ops/network_layout.h"

namespace trialforge::cpu {
namespace {

constexpr std::size_t align_floats = 16;  // 64 bytes

bool changes_nothing(const PlannedLayer& layer, bool training) {
  if (std::holds_alternative<FlattenLayer>(layer.spec)) return true;
  const auto* dropout = std::get_if<DropoutLayer>(&layer.spec);
  return dropout != nullptr && (!training || dropout->rate == 0);
}

bool is_convolution(const NetworkPlan& plan, std::size_t layer) {
  return layer < plan.layers.size() && std::holds_alternative<Conv2dLayer>(plan.layers[layer].spec);
}

/** The pooling that directly follows the convolution `layer`, or null. */
const PlannedLayer* pool_after(const NetworkPlan& plan, std::size_t layer) {
  if (!is_convolution(plan, layer)) return nullptr;
  if (layer + 1 == plan.layers.size()) return nullptr;
  const PlannedLayer& next = plan.layers[layer + 1];
  return std::holds_alternative<Pool2dLayer>(next.spec) ? &next : nullptr;
}

/** Whether the step of the layer's kernel is made while its gradient is in the cache. */
bool stepped_in_place(const PlannedLayer& layer) {
  // Small gradients stay in the cache anyway.
  return std::holds_alternative<DenseLayer>(layer.spec) && layer.kernel->size >= 1 << 16;
}

NetworkCosts costs_of(const NetworkSpec& spec, const NetworkPlan& plan) {
  const auto joined = [&](std::size_t i) {
    return pool_after(plan, i) ? std::vector{i + 1} : std::vector<std::size_t>{};
  };
  NetworkCosts costs(plan, spec.optimizer, joined, joined);
  for (std::size_t i = 0; i < plan.layers.size(); ++i) {
    const PlannedLayer& layer = plan.layers[i];
    if (!stepped_in_place(layer)) continue;
    const double bytes = optimizer_bytes(spec.optimizer, layer.kernel->size);
    costs.optimizer.weight_bytes -= bytes;
    // Its gradient is not stored, and the weights are read once.
    costs.backward[i].weight_bytes +=
        bytes - 2.0 * sizeof(float) * static_cast<double>(layer.kernel->size);
  }
  return costs;
}

/** Ranges that touch become one. */
void add_range(std::vector<WeightRange>& ranges, const ParameterInfo& parameter) {
  const WeightRange range{parameter.offset, parameter.offset + parameter.size};
  if (!ranges.empty() && ranges.back().end == range.begin) {
    ranges.back().end = range.end;
  } else {
    ranges.push_back(range);
  }
}

}  // namespace

Network::Network(ThreadPool& pool, const NetworkSpec& spec, const NetworkPlan& plan)
    : pool_(pool),
      spec_(spec),
      plan_(plan),
      costs_(costs_of(spec, plan)),
      weights_(plan.parameter_count),
      buffers_(plan.layers.size()) {
  initial_weights(plan, spec.seed, weights_.span());
}

std::size_t Network::bytes() const noexcept {
  return (weights_.size() + gradients_.size() + state_.size() + arena_.size()) * sizeof(float);
}

void Network::reserve(int batch, bool training) {
  if (training && gradients_.size() == 0) {
    state_ = Floats(plan_.parameter_count * spec_.optimizer.slots());
    optimizer_init(pool_, spec_.optimizer, state_.data(), state_.size());
    gradients_ = Floats(plan_.parameter_count);
    for (const PlannedLayer& layer : plan_.layers) {
      if (layer.kernel && !stepped_in_place(layer)) add_range(stepped_last_, *layer.kernel);
      if (layer.bias) add_range(stepped_last_, *layer.bias);
    }
  }
  if (batch == batch_ && training == training_) return;
  const std::size_t n = static_cast<std::size_t>(batch);

  std::size_t largest = plan_.in_size;
  for (std::size_t i = 0; i < plan_.layers.size(); ++i) {
    if (!pool_after(plan_, i)) largest = std::max(largest, plan_.layers[i].out_size);
  }
  const auto lay_out = [&](float* base) {
    Layout layout(base, align_floats);
    input_ = layout.floats(n * plan_.in_size);
    float* previous = input_;
    for (std::size_t i = 0; i < plan_.layers.size(); ++i) {
      const PlannedLayer& layer = plan_.layers[i];
      const auto* pool = std::get_if<Pool2dLayer>(&layer.spec);
      Buffers& buffers = buffers_[i];
      if (pool_after(plan_, i) && !(training && block(i, batch).backward_needs_y())) {
        buffers.output = nullptr;
        continue;
      }
      const bool in_place = changes_nothing(layer, training);
      buffers.output = in_place ? previous : layout.floats(n * layer.out_size);
      buffers.argmax = training && pool != nullptr && pool->kind == PoolKind::max
                           ? layout.integers(n * layer.out_size)
                           : nullptr;
      previous = buffers.output;
    }
    if (training) {
      for (float*& gradient : gradient_) gradient = layout.floats(n * largest);
    }
    const std::size_t classes = static_cast<std::size_t>(plan_.classes);
    targets_ = layout.floats(n * classes);
    labels_ = layout.integers(n);
    sample_loss_ = layout.floats(n);
    sample_correct_ = layout.floats(n);
    return layout.used();
  };
  const std::size_t needed = lay_out(nullptr);
  batch_ = 0;
  if (needed > arena_.size()) {
    arena_.clear();
    arena_ = Floats(needed);
  }
  lay_out(arena_.data());
  batch_ = batch;
  training_ = training;
}

Conv2dBlock Network::block(std::size_t layer, int batch) const {
  Conv2dBlock block{.conv = with_batch(plan_.layers[layer].conv, batch),
                    .activation = plan_.layers[layer].activation};
  if (const PlannedLayer* next = pool_after(plan_, layer)) {
    block.pool = with_batch(next->pool, batch);
    block.pool_kind = std::get<Pool2dLayer>(next->spec).kind;
  }
  return block;
}

Conv2dBlockOutputs Network::block_outputs(std::size_t layer) const {
  Conv2dBlockOutputs outputs{.y = buffers_[layer].output};
  if (pool_after(plan_, layer) != nullptr) {
    outputs.pooled = buffers_[layer + 1].output;
    outputs.argmax = buffers_[layer + 1].argmax;
  }
  return outputs;
}

void Network::gather(const Dataset& data, std::span<const std::uint32_t> samples) {
  const ProfileRange range = costs_.gather.range(static_cast<int>(samples.size()));
  const std::size_t size = plan_.in_size;
  pool_.parallel_for(static_cast<std::int64_t>(samples.size()), [&](std::int64_t i, int) {
    float* const to = input_ + i * size;
    const std::size_t from = samples[i] * size;
    if (data.has_bytes()) {
      kernels().scale_bytes(data.byte_images().data() + from, 1.0f / 255, to, size);
    } else {
      std::memcpy(to, data.float_images().data() + from, size * sizeof(float));
    }
  });
}

const float* Network::forward(int batch, bool training) {
  const ProfileRange pass("forward");
  const float* x = input_;
  for (std::size_t i = 0; i < plan_.layers.size(); ++i) {
    const PlannedLayer& layer = plan_.layers[i];
    const float* const w = layer.kernel ? weights_.data() + layer.kernel->offset : nullptr;
    const float* const bias = layer.bias ? weights_.data() + layer.bias->offset : nullptr;
    float* const y = buffers_[i].output;
    if (changes_nothing(layer, training)) {
      // Flattening, and dropout in inference: the next layer reads what this one would have read.
      continue;
    }
    const ProfileRange range = costs_.forward[i].range(batch);
    if (std::holds_alternative<Conv2dLayer>(layer.spec)) {
      const Conv2dBlockOutputs outputs = block_outputs(i);
      conv2d_block_forward(pool_, block(i, batch), x, w, bias, outputs);
      if (outputs.pooled != nullptr) {
        x = outputs.pooled;
        ++i;
        continue;
      }
    } else if (const auto* pool = std::get_if<Pool2dLayer>(&layer.spec)) {
      if (pool->kind == PoolKind::max) {
        max_pool2d_forward(pool_, with_batch(layer.pool, batch), x, y,
                           training ? buffers_[i].argmax : nullptr);
      } else {
        average_pool2d_forward(pool_, with_batch(layer.pool, batch), x, y);
      }
    } else if (std::holds_alternative<DenseLayer>(layer.spec)) {
      dense_forward(pool_, with_batch(layer.dense, batch), x, w, bias, layer.activation, y);
    } else if (std::holds_alternative<ActivationLayer>(layer.spec)) {
      activation_forward(pool_, layer.activation, x, y, layer.out_size * batch);
    } else if (const auto* drop = std::get_if<DropoutLayer>(&layer.spec)) {
      dropout(pool_, dropout_mask(spec_, static_cast<int>(i), drop->rate, iterations_), x, y,
              layer.out_size * batch);
    }
    x = y;
  }
  return x;
}

BatchSums Network::loss(const Dataset& data, std::span<const std::uint32_t> samples,
                        const float* logits, float* dlogits) {
  const int batch = static_cast<int>(samples.size()), classes = plan_.classes;
  const float scale = 1.0f / static_cast<float>(batch);
  const ProfileRange range = costs_.loss.range(batch);
  if (spec_.loss == Loss::sparse_categorical_crossentropy) {
    for (int i = 0; i < batch; ++i) labels_[i] = data.labels()[samples[i]];
    softmax_cross_entropy_sparse({batch, classes}, logits, labels_, scale, sample_loss_,
                                 sample_correct_, dlogits);
  } else {
    for (int i = 0; i < batch; ++i) {
      const float* from = data.targets().data() + static_cast<std::size_t>(samples[i]) * classes;
      std::copy(from, from + classes, targets_ + static_cast<std::size_t>(i) * classes);
    }
    softmax_cross_entropy_dense({batch, classes}, logits, targets_, scale, sample_loss_,
                                sample_correct_, dlogits);
  }
  BatchSums sums;
  for (int i = 0; i < batch; ++i) {
    sums.loss += sample_loss_[i];
    sums.correct += sample_correct_[i];
  }
  return sums;
}

void Network::backward(int batch, const OptimizerStep& step) {
  const ProfileRange pass("backward");
  float* dy = gradient_[0];
  float* other = gradient_[1];
  for (int i = static_cast<int>(plan_.layers.size()) - 1; i >= plan_.first_trained; --i) {
    if (i > 0 && pool_after(plan_, i - 1) != nullptr) --i;
    const PlannedLayer& layer = plan_.layers[i];
    if (changes_nothing(layer, true)) continue;
    const ProfileRange range = costs_.backward[i].range(batch);
    const float* const x = i == 0 ? input_ : buffers_[i - 1].output;
    const float* const w = layer.kernel ? weights_.data() + layer.kernel->offset : nullptr;
    float* const dw = layer.kernel ? gradients_.data() + layer.kernel->offset : nullptr;
    float* const dbias = layer.bias ? gradients_.data() + layer.bias->offset : nullptr;
    const bool needs_dx = i > plan_.first_trained;
    const std::size_t outputs = layer.out_size * batch;

    if (const auto* drop = std::get_if<DropoutLayer>(&layer.spec)) {
      dropout(pool_, dropout_mask(spec_, i, drop->rate, iterations_), dy, dy, outputs);
      continue;
    }
    if (is_convolution(plan_, i)) {
      // A convolution on top of another takes dx through the activation of that one.
      Conv2dBlock own = block(i, batch);
      if (is_convolution(plan_, i + 1)) own.activation = Activation::linear;
      conv2d_block_backward(
          pool_, own, x, w, block_outputs(i),
          {.dy = dy,
           .dw = dw,
           .dbias = dbias,
           .dx = needs_dx ? other : nullptr,
           .x_activation =
               is_convolution(plan_, i - 1) ? plan_.layers[i - 1].activation : Activation::linear});
      std::swap(dy, other);
      continue;
    }
    activation_backward(pool_, layer.activation, buffers_[i].output, dy, dy, outputs);
    if (std::holds_alternative<ActivationLayer>(layer.spec)) continue;

    if (std::holds_alternative<DenseLayer>(layer.spec)) {
      const bool in_place = stepped_in_place(layer);
      dense_backward(pool_, with_batch(layer.dense, batch),
                     {.x = x,
                      .w = w,
                      .dy = dy,
                      .dx = needs_dx ? other : nullptr,
                      .dw = in_place ? nullptr : dw,
                      .dbias = dbias,
                      .step = in_place ? &step : nullptr,
                      .first = layer.kernel->offset});
    } else if (const auto* pool = std::get_if<Pool2dLayer>(&layer.spec)) {
      const Pool2dShape shape = with_batch(layer.pool, batch);
      if (pool->kind == PoolKind::max) {
        max_pool2d_backward(pool_, shape, dy, buffers_[i].argmax, other);
      } else {
        average_pool2d_backward(pool_, shape, dy, other);
      }
    }
    std::swap(dy, other);
  }
}

BatchSums Network::train(const Dataset& data, std::span<const std::uint32_t> samples) {
  const ProfileRange range("step");
  const int batch = static_cast<int>(samples.size());
  gather(data, samples);
  const float* const logits = forward(batch, true);
  const BatchSums sums = loss(data, samples, logits, gradient_[0]);
  const OptimizerStep step(spec_.optimizer, iterations_ + 1, plan_.segments, weights_.data(),
                           state_.data(), weights_.size());
  backward(batch, step);
  {
    const ProfileRange optimizer = costs_.optimizer.range(batch);
    optimizer_step(pool_, step, stepped_last_, gradients_.data());
  }
  ++iterations_;
  return sums;
}

double Network::penalty() const {
  const ProfileRange range("penalty");
  return regularization_loss(pool_, plan_.segments, weights_.data());
}

void Network::natural_order(std::size_t n) {
  order_.resize(n);
  std::iota(order_.begin(), order_.end(), 0u);
}

template <typename Body>
void Network::each_batch(int batch, const std::atomic<bool>* cancelled, Body body) {
  const std::span<const std::uint32_t> all = order_;
  for (std::size_t begin = 0; begin < all.size(); begin += static_cast<std::size_t>(batch)) {
    stop_if(cancelled);
    body(all.subspan(begin, std::min<std::size_t>(batch, all.size() - begin)), begin);
  }
}

Metrics Network::train_epoch(const Dataset& data, const EpochOptions& options) {
  const int batch = options.batch_size;
  natural_order(data.size());
  if (options.shuffle) shuffled_order(spec_.seed, options.epoch, order_);
  reserve(batch, true);

  BatchSums total;
  double total_penalty = 0;
  BatchProgress progress;
  progress.batches = static_cast<std::int64_t>((data.size() + batch - 1) / batch);
  progress.metrics.resize(1);
  each_batch(batch, options.cancelled,
             [&](std::span<const std::uint32_t> samples, std::size_t begin) {
               const double count = static_cast<double>(samples.size());
               if (!plan_.segments.empty()) total_penalty += count * penalty();
               const BatchSums sums = train(data, samples);
               total.loss += sums.loss;
               total.correct += sums.correct;
               const double seen = static_cast<double>(begin) + count;
               ++progress.batch;
               progress.metrics[0] = {(total.loss + total_penalty) / seen, total.correct / seen};
               if (options.on_batch) options.on_batch(progress);
             });
  return progress.metrics[0];
}

Metrics Network::evaluate(const Dataset& data, int batch_size, const std::atomic<bool>* cancelled) {
  natural_order(data.size());
  reserve(batch_size, false);
  BatchSums total;
  each_batch(batch_size, cancelled, [&](std::span<const std::uint32_t> samples, std::size_t) {
    const ProfileRange range("evaluation step");
    gather(data, samples);
    const float* const logits = forward(static_cast<int>(samples.size()), false);
    const BatchSums sums = loss(data, samples, logits, nullptr);
    total.loss += sums.loss;
    total.correct += sums.correct;
  });
  const double n = static_cast<double>(data.size());
  return {total.loss / n + penalty(), total.correct / n};
}

void Network::predict(const Dataset& data, int batch_size, std::span<float> probabilities,
                      const std::atomic<bool>* cancelled) {
  natural_order(data.size());
  reserve(batch_size, false);
  each_batch(batch_size, cancelled, [&](std::span<const std::uint32_t> samples, std::size_t begin) {
    const ProfileRange range("prediction step");
    const int batch = static_cast<int>(samples.size());
    gather(data, samples);
    softmax_forward(pool_, {batch, plan_.classes}, forward(batch, false),
                    probabilities.data() + begin * static_cast<std::size_t>(plan_.classes));
  });
}

void Network::get_weights(std::span<float> weights) const {
  std::ranges::copy(weights_.span(), weights.begin());
}

void Network::set_weights(std::span<const float> weights) {
  std::ranges::copy(weights, weights_.span().begin());
}

void Network::set_learning_rate(float learning_rate) {
  spec_.optimizer.learning_rate = learning_rate;
}

void Network::trim() {
  batch_ = 0;
  arena_.clear();
}

}  // namespace trialforge::cpu
