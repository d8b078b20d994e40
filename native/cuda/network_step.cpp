// What a step of a NetworkGroup computes, where, and in which order.
#include <algorithm>
#include <vector>

#include "cuda/network_group.h"
#include "ops/network_layout.h"

namespace trialforge::cuda {
namespace {

constexpr std::size_t align_floats = 64;  // 256 bytes
/** Fewer weights wait for others to be stepped with. */
constexpr std::size_t least_stepped = std::size_t{1} << 16;

/** Whether f'(x) can be told from the output of a dropout of f(x), where that was not dropped. */
bool survives_scaling(Activation activation) {
  return activation == Activation::linear || activation == Activation::relu;
}

bool has_product(const LayerSpec& layer) {
  return std::holds_alternative<Conv2dLayer>(layer) || std::holds_alternative<DenseLayer>(layer);
}

}  // namespace

// --- layers that run as one

bool NetworkGroup::changes_nothing(std::size_t layer, bool training) const {
  const LayerSpec& spec = plan_.layers[layer].spec;
  if (std::holds_alternative<FlattenLayer>(spec)) return true;
  if (!std::holds_alternative<DropoutLayer>(spec)) return false;
  const bool is_joined =
      std::ranges::find(joined_dropout_, static_cast<int>(layer)) != joined_dropout_.end();
  return !training || !drops_[layer] || is_joined;
}

bool NetworkGroup::pools_next(std::size_t layer) const {
  if (layer + 1 >= plan_.layers.size()) return false;
  if (!std::holds_alternative<Conv2dLayer>(plan_.layers[layer].spec)) return false;
  const PlannedLayer& next = plan_.layers[layer + 1];
  const auto* pool = std::get_if<Pool2dLayer>(&next.spec);
  return pool != nullptr && pool->kind == PoolKind::max &&
         conv2d_takes_pool(plan_.layers[layer].conv, next.pool);
}

void NetworkGroup::join_layers() {
  const std::size_t layers = plan_.layers.size();
  const auto above = [&](std::size_t layer) {
    do ++layer;
    while (layer < layers && changes_nothing(layer, true));
    return layer;
  };
  std::vector<std::vector<std::size_t>> pools(layers), all(layers), under(layers);
  for (std::size_t i = 0; i < layers; ++i) {
    const PlannedLayer& layer = plan_.layers[i];
    if (!has_product(layer.spec)) continue;
    const bool pools_too = pools_next(i);
    if (pools_too) pools[i].push_back(i + 1);
    all[i] = pools[i];
    // The kernel that makes dx takes it through the dropout, too.
    const std::size_t last = pools_too ? i + 1 : i, dropout = above(last);
    const std::size_t next = dropout < layers ? above(dropout) : layers;
    if (next >= layers || !std::holds_alternative<DropoutLayer>(plan_.layers[dropout].spec) ||
        !has_product(plan_.layers[next].spec) || !survives_scaling(layer.activation)) {
      continue;
    }
    const bool is_conv = std::holds_alternative<Conv2dLayer>(layer.spec);
    if (is_conv && !pools_too && !conv2d_takes_dropout(layer.conv, precision_)) continue;
    joined_dropout_[last] = static_cast<int>(dropout);
    all[i].push_back(dropout);
  }
  for (std::size_t i = 0; i < layers; ++i) {
    const int layer = static_cast<int>(i);
    if (joins_pool_under(layer)) under[i].push_back(layer_under(layer));
  }
  const auto of = [](const auto& joined) {
    return [&joined](std::size_t layer) { return joined[layer]; };
  };
  inference_costs_ = NetworkCosts(plan_, rule_, of(pools), of(under));
  training_costs_ = NetworkCosts(plan_, rule_, of(all), of(under));
}

// --- memory of a step

std::size_t NetworkGroup::lay_out(float* base, int count, int batch, bool training) {
  const std::size_t n = static_cast<std::size_t>(count) * static_cast<std::size_t>(batch);
  const Trials trials{count, stride_};
  Layout layout(base, align_floats);
  input_ = layout.floats(n * plan_.in_size);
  float* previous = input_;
  std::size_t largest = plan_.in_size, workspace = 0, side_workspace = 0;
  for (std::size_t i = 0; i < plan_.layers.size(); ++i) {
    const PlannedLayer& layer = plan_.layers[i];
    if (std::holds_alternative<Conv2dLayer>(layer.spec) && training) {
      side_workspace = std::max(
          side_workspace,
          conv2d_backward_filter_workspace(trials, precision_, with_batch(layer.conv, batch)));
    } else if (std::holds_alternative<DenseLayer>(layer.spec)) {
      const std::size_t needed =
          dense_workspace(trials, precision_, with_batch(layer.dense, batch));
      workspace = std::max(workspace, needed);
      if (training) side_workspace = std::max(side_workspace, needed);
    }
    largest = std::max(largest, layer.out_size);
    LayerMemory& memory = memory_[i];
    memory = {};
    if (pools_next(i)) continue;
    memory.output = changes_nothing(i, training) ? previous : layout.floats(n * layer.out_size);
    const auto* pool = std::get_if<Pool2dLayer>(&layer.spec);
    if (training && pool != nullptr && pool->kind == PoolKind::max) {
      memory.argmax = layout.integers(n * layer.out_size);
    }
    previous = memory.output;
  }
  if (training) {
    for (float*& gradient : gradient_) gradient = layout.floats(n * largest);
  }
  const std::size_t classes = static_cast<std::size_t>(plan_.classes);
  workspace_ = layout.floats(workspace);
  side_workspace_ = layout.floats(side_workspace);
  targets_ = layout.floats(n * classes);
  labels_ = layout.integers(n);
  sample_loss_ = layout.floats(n);
  sample_correct_ = layout.floats(n);
  probabilities_ = layout.floats(n * classes);
  return layout.used();
}

// --- a step

Trials NetworkGroup::trials(const Step& step) const { return {step.slots.count, stride_}; }

Penalties NetworkGroup::penalties(Slots slots) const {
  return {static_cast<int>(ranges_.size()), device_ranges_.data(),
          factors_.data() + slots.first * ranges_.size()};
}

void NetworkGroup::queue_step(const Step& step) {
  const bool training = step.mode == Mode::train;
  const ProfileRange whole(training                      ? "step"
                           : step.mode == Mode::evaluate ? "evaluation step"
                                                         : "prediction step");
  const Slots slots = step.slots;
  TrialState* const states = states_.data() + slots.first;
  const bool sparse = loss_ == Loss::sparse_categorical_crossentropy;
  const bool labelled = step.mode != Mode::predict;
  {
    const ProfileRange range = training_costs_.gather.range(step.rows());
    gather_batch(queue_, slots.count, step.batch, training, plan_.in_size, plan_.classes,
                 source_.data(), states, input_, labelled && sparse ? labels_ : nullptr,
                 labelled && !sparse ? targets_ : nullptr);
  }
  const float* const logits = queue_forward(step);
  if (step.mode == Mode::predict) {
    softmax_forward(queue_, {step.rows(), plan_.classes}, logits, probabilities_);
  } else {
    queue_loss(step, logits, training ? gradient_[0] : nullptr);
  }
  const bool penalized = training && !ranges_.empty();
  const std::size_t n = plan_.parameter_count;
  const Queue& side = training ? beside() : queue_;
  if (penalized) {
    const ProfileRange range("penalty");
    penalty_sums(side, trials(step), penalties(slots), weights_of(slots), n, penalty_sums_.data());
  }
  finish_batch(side, slots.count, step.batch, training, labelled ? sample_loss_ : nullptr,
               labelled ? sample_correct_ : nullptr, penalized ? penalty_sums_.data() : nullptr,
               penalty_chunks(n), states, sums_.data() + slots.first);
  if (training) queue_optimizer(queue_, step, 0, queue_backward(step));
}

const Queue& NetworkGroup::beside() {
  // A profile is no graph.
  if (is_profiling()) return queue_;
  side_.follow_main();
  return side_.queue();
}

TrialDropout NetworkGroup::dropout_of(const Step& step, std::size_t layer) const {
  const std::size_t first = step.slots.first, layers = plan_.layers.size();
  return {states_.data() + first, rates_.data() + first * layers, static_cast<int>(layers),
          static_cast<int>(layer)};
}

TrialDropout NetworkGroup::joined_dropout(const Step& step, std::size_t layer) const {
  const int dropout = joined_dropout_[layer];
  return step.mode == Mode::train && dropout >= 0 ? dropout_of(step, dropout) : TrialDropout{};
}

const float* NetworkGroup::queue_forward(const Step& step) {
  const ProfileRange pass("forward");
  const bool training = step.mode == Mode::train;
  const NetworkCosts& costs = training ? training_costs_ : inference_costs_;
  const int rows = step.rows();
  const float* const weights = weights_of(step.slots);
  const float* x = input_;
  for (std::size_t i = 0; i < plan_.layers.size(); ++i) {
    if (changes_nothing(i, training)) continue;
    const ProfileRange range = costs.forward[i].range(rows);
    const PlannedLayer& layer = plan_.layers[i];
    const float* const w = layer.kernel ? weights + layer.kernel->offset : nullptr;
    const float* const bias = layer.bias ? weights + layer.bias->offset : nullptr;
    float* const y = memory_[i].output;
    if (std::holds_alternative<Conv2dLayer>(layer.spec)) {
      const Conv2dShape shape = with_batch(layer.conv, step.batch);
      if (pools_next(i)) {
        ++i;
        conv2d_max_pool_forward(queue_, trials(step), precision_, shape,
                                with_batch(plan_.layers[i].pool, step.batch), x, w, bias,
                                layer.activation, memory_[i].output, memory_[i].argmax,
                                joined_dropout(step, i));
      } else {
        conv2d_forward(queue_, trials(step), precision_, shape, x, w, bias, layer.activation, y,
                       joined_dropout(step, i));
      }
    } else if (const auto* pool = std::get_if<Pool2dLayer>(&layer.spec)) {
      if (pool->kind == PoolKind::max) {
        max_pool2d_forward(queue_, with_batch(layer.pool, rows), x, y, memory_[i].argmax);
      } else {
        average_pool2d_forward(queue_, with_batch(layer.pool, rows), x, y);
      }
    } else if (std::holds_alternative<DenseLayer>(layer.spec)) {
      dense_forward(queue_, trials(step), precision_, with_batch(layer.dense, step.batch), x, w,
                    bias, layer.activation, y, workspace_, joined_dropout(step, i));
    } else if (std::holds_alternative<ActivationLayer>(layer.spec)) {
      activation_forward(queue_, layer.activation, x, y, layer.out_size * rows);
    } else {
      dropout_forward(queue_, step.slots.count, dropout_of(step, i), x, y,
                      layer.out_size * step.batch);
    }
    x = memory_[i].output;
  }
  return x;
}

void NetworkGroup::queue_loss(const Step& step, const float* logits, float* dlogits) {
  const ProfileRange range = training_costs_.loss.range(step.rows());
  const SoftmaxShape shape{step.rows(), plan_.classes};
  const float scale = 1.0f / static_cast<float>(step.batch);
  if (loss_ == Loss::sparse_categorical_crossentropy) {
    softmax_cross_entropy_sparse(queue_, shape, logits, labels_, scale, sample_loss_,
                                 sample_correct_, dlogits);
  } else {
    softmax_cross_entropy_dense(queue_, shape, logits, targets_, scale, sample_loss_,
                                sample_correct_, dlogits);
  }
}

int NetworkGroup::below(int layer) const {
  do --layer;
  while (layer >= 0 && changes_nothing(layer, true));
  return layer;
}

int NetworkGroup::layer_under(int layer) const {
  return layer > 0 && pools_next(layer - 1) ? layer - 1 : below(layer);
}

bool NetworkGroup::joins_pool_under(int layer) const {
  if (layer <= plan_.first_trained || !has_product(plan_.layers[layer].spec)) return false;
  const PlannedLayer& under = plan_.layers[layer_under(layer)];
  const auto* pool = std::get_if<Pool2dLayer>(&under.spec);
  return pool != nullptr && pool->kind == PoolKind::max && backward_input_takes_pool(under.pool);
}

const float* NetworkGroup::output_of(int layer) const {
  return layer < 0 ? input_ : memory_[layer].output;
}

std::size_t NetworkGroup::queue_backward(const Step& step) {
  const ProfileRange pass("backward");
  const int rows = step.rows();
  const float* const weights = weights_of(step.slots);
  float* const gradients = gradients_.data() + step.slots.first * stride_;
  float* dy = gradient_[0];
  float* other = gradient_[1];
  int i = below(static_cast<int>(plan_.layers.size()));
  // Whether dy has come through the activation of layer i already.
  bool through = false;

  // The gradients of weights, and then the weights' steps, run beside those of activations.
  const float* read_beside = nullptr;
  const auto queue_gradients = [&](const float* read, const auto& queue_them) {
    queue_them(beside());
    if (is_profiling()) return;
    side_.mark();
    read_beside = read;
  };
  // Of the weights whose gradients are queued, those from `steps_end` on have had their step.
  std::size_t steps_end = plan_.parameter_count;
  const auto queue_steps = [&](std::size_t from) {
    const std::size_t begin = (from + 3) / 4 * 4;
    if (is_profiling() || begin + least_stepped > steps_end) return;
    queue_optimizer(beside(), step, begin, steps_end);
    steps_end = begin;
  };

  while (i >= plan_.first_trained) {
    const ProfileRange range = training_costs_.backward[i].range(rows);
    const PlannedLayer& layer = plan_.layers[i];
    const bool needs_dx = i > plan_.first_trained;
    const bool joins_pool = joins_pool_under(i);
    const int under = layer_under(i), next = joins_pool ? layer_under(under) : under;
    const float* const x = output_of(under);
    const float* const y = memory_[i].output;
    // dx goes on through all that lies between x and the output of `next`.
    InputOrigin origin;
    if (needs_dx) {
      origin.activation = plan_.layers[next].activation;
      origin.x = origin.activation == Activation::linear ? nullptr : x;
      origin.dropout = joined_dropout(step, under);
      if (joins_pool) {
        origin.argmax = memory_[under].argmax;
        origin.pool = with_batch(plan_.layers[under].pool, step.batch);
      }
    }
    const std::size_t n = layer.out_size * rows;
    if (read_beside == other) side_.main_follows_mark();
    if (!through && layer.activation != Activation::linear) {
      activation_backward(queue_, layer.activation, y, dy, dy, n);
    }
    through = false;

    const float* const w = layer.kernel ? weights + layer.kernel->offset : nullptr;
    float* const dw = layer.kernel ? gradients + layer.kernel->offset : nullptr;
    float* const dbias = layer.bias ? gradients + layer.bias->offset : nullptr;
    if (std::holds_alternative<Conv2dLayer>(layer.spec)) {
      const Conv2dShape shape = with_batch(layer.conv, step.batch);
      queue_gradients(dy, [&](const Queue& queue) {
        conv2d_backward_filter(queue, trials(step), precision_, shape, x, dy, dw, dbias,
                               side_workspace_);
      });
      if (needs_dx) {
        conv2d_backward_input(queue_, trials(step), precision_, shape, dy, w, origin, other);
        through = true;
        std::swap(dy, other);
      }
    } else if (std::holds_alternative<DenseLayer>(layer.spec)) {
      const DenseShape shape = with_batch(layer.dense, step.batch);
      queue_gradients(dy, [&](const Queue& queue) {
        dense_backward_weights(queue, trials(step), precision_, shape, x, dy, dw, dbias,
                               side_workspace_);
      });
      if (needs_dx) {
        dense_backward_input(queue_, trials(step), precision_, shape, dy, w, origin, other,
                             workspace_);
        through = true;
        std::swap(dy, other);
      }
    } else if (const auto* pool = std::get_if<Pool2dLayer>(&layer.spec)) {
      const Pool2dShape shape = with_batch(layer.pool, rows);
      if (pool->kind == PoolKind::max) {
        // The largest element of a window is the output under it there.
        max_pool2d_backward(queue_, shape, dy, memory_[i].argmax, origin.activation,
                            origin.activation == Activation::linear ? nullptr : y, other);
        through = true;
      } else {
        average_pool2d_backward(queue_, shape, dy, other);
      }
      std::swap(dy, other);
    } else if (std::holds_alternative<DropoutLayer>(layer.spec)) {
      dropout_backward(queue_, step.slots.count, dropout_of(step, i), dy, origin.activation,
                       origin.x, dy, layer.out_size * step.batch);
      through = true;
    }
    if (layer.kernel) queue_steps(layer.kernel->offset);
    i = next;
  }
  if (!is_profiling()) {
    side_.mark();
    side_.main_follows_mark();
  }
  return steps_end;
}

void NetworkGroup::queue_optimizer(const Queue& queue, const Step& step, std::size_t begin,
                                   std::size_t end) {
  if (begin == end) return;
  const ProfileRange range = training_costs_.optimizer.range(step.rows());
  const Slots slots = step.slots;
  optimizer_step(queue, trials(step), rule_, states_.data() + slots.first, penalties(slots),
                 gradients_.data() + slots.first * stride_, weights_of(slots),
                 optimizer_state_.data() + slots.first * rule_.slots() * stride_, stride_, begin,
                 end);
}

}  // namespace trialforge::cuda
