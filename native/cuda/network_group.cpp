#include "cuda/network_group.h"

#include <algorithm>
#include <chrono>
#include <deque>

#include "cuda/launch.h"
#include "ops/network_layout.h"

namespace trialforge::cuda {
namespace {

constexpr std::size_t align_floats = 64;  // 256 bytes
constexpr std::size_t most_graphs = 64;   // kept for later passes

std::size_t rounded(std::size_t floats) {
  return (floats + align_floats - 1) / align_floats * align_floats;
}

template <typename T>
void upload(const Queue& queue, T* to, std::span<const T> from) {
  if (!from.empty()) copy_from_host(queue, to, from.data(), from.size_bytes());
}

bool same_rule(const OptimizerSpec& a, const OptimizerSpec& b) {
  return a.kind == b.kind && a.slots() == b.slots() && a.nesterov == b.nesterov &&
         a.corrected_epsilon == b.corrected_epsilon && a.centered == b.centered;
}

/** But for what networks that train as one may differ in. */
bool same_layer(const PlannedLayer& a, const PlannedLayer& b) {
  if (a.spec.index() != b.spec.index() || a.in_size != b.in_size || a.out_size != b.out_size ||
      a.activation != b.activation || a.bias.has_value() != b.bias.has_value() ||
      a.kernel.has_value() != b.kernel.has_value()) {
    return false;
  }
  if (a.kernel && a.kernel->shape != b.kernel->shape) return false;
  if (const auto* conv = std::get_if<Conv2dLayer>(&a.spec)) {
    const auto& other = std::get<Conv2dLayer>(b.spec);
    return conv->stride_height == other.stride_height && conv->stride_width == other.stride_width &&
           conv->dilation_height == other.dilation_height &&
           conv->dilation_width == other.dilation_width && conv->padding == other.padding;
  }
  if (const auto* pool = std::get_if<Pool2dLayer>(&a.spec)) {
    const auto& other = std::get<Pool2dLayer>(b.spec);
    return pool->kind == other.kind && pool->pool_height == other.pool_height &&
           pool->pool_width == other.pool_width && pool->stride_height == other.stride_height &&
           pool->stride_width == other.stride_width && pool->padding == other.padding;
  }
  return true;
}

}  // namespace

NetworkGroup::NetworkGroup(const Device& device, std::span<const NetworkSpec> specs,
                           std::span<const NetworkPlan* const> plans,
                           std::shared_ptr<MemoryBudget> budget)
    : device_(device),
      queue_(queue_of(device_)),
      plan_(*plans[0]),
      loss_(specs[0].loss),
      precision_(specs[0].precision),
      rule_(specs[0].optimizer),
      budget_(std::move(budget)),
      forward_costs_(plan_, rule_, [&](std::size_t layer) { return pools_next(layer); }),
      costs_(plan_, rule_, [](std::size_t) { return false; }),
      drops_(plan_.layers.size()),
      memory_(plan_.layers.size()) {
  stride_ = rounded(plan_.parameter_count);
  for (std::size_t i = 0; i < specs.size(); ++i) {
    require_alike(specs[i], *plans[i], static_cast<int>(i));
    const int slot = static_cast<int>(i);
    members_.push_back({.spec = specs[i], .segments = plans[i]->segments, .slot = slot});
    at_slot_.push_back(slot);
    for (std::size_t layer = 0; layer < plan_.layers.size(); ++layer) {
      const auto* drop = std::get_if<DropoutLayer>(&plans[i]->layers[layer].spec);
      if (drop != nullptr && drop->rate > 0) drops_[layer] = true;
    }
    for (const RegularizedSegment& segment : plans[i]->segments) {
      const auto same = [&](const PenaltyRange& range) { return range.begin == segment.begin; };
      if (std::ranges::none_of(ranges_, same)) ranges_.push_back({segment.begin, segment.end});
    }
  }
  std::ranges::sort(ranges_, {}, &PenaltyRange::begin);

  const std::size_t slots = members_.size();
  for (auto& mark : marks_) mark = std::make_unique<Mark>(queue_, slots);
  weights_ = allocate_array<float>(slots * stride_);
  states_ = allocate_array<TrialState>(slots);
  rates_ = allocate_array<float>(slots * plan_.layers.size());
  device_ranges_ = allocate_array<PenaltyRange>(ranges_.size());
  factors_ = allocate_array<Penalty>(slots * ranges_.size());
  penalty_sums_ =
      allocate_array<double>(ranges_.empty() ? 0 : slots * penalty_chunks(plan_.parameter_count));
  sums_ = allocate_array<PassSums>(slots);
  source_ = allocate_array<BatchSource>(1);
  upload<PenaltyRange>(queue_, device_ranges_.data(), ranges_);
  std::vector<float> weights(plan_.parameter_count);
  for (std::size_t i = 0; i < slots; ++i) {
    initial_weights(plan_, members_[i].spec.seed, weights);
    upload<float>(queue_, weights_.data() + i * stride_, weights);
    upload_member(static_cast<int>(i));
  }
}

void NetworkGroup::require_alike(const NetworkSpec& spec, const NetworkPlan& plan,
                                 int network) const {
  const auto require_same = [&](bool same, const std::string& what) {
    require(same, "network " + std::to_string(network) + " has " + what +
                      " than network 0; networks that train as one differ in seed, rates and "
                      "other numbers only");
  };
  require_same(spec.loss == loss_, "another loss");
  require_same(spec.precision == precision_, "another precision");
  require_same(same_rule(spec.optimizer, rule_), "another optimizer");
  require_same(plan.in_size == plan_.in_size && plan.layers.size() == plan_.layers.size(),
               "another input or number of layers");
  for (std::size_t i = 0; i < plan.layers.size(); ++i) {
    require_same(same_layer(plan.layers[i], plan_.layers[i]), "another layer " + std::to_string(i));
  }
}

template <typename T>
DeviceArray<T> NetworkGroup::allocate_array(std::size_t size) {
  const std::size_t asked = size * sizeof(T);
  if (budget_ != nullptr && !budget_->take(asked)) {
    throw Error(ErrorCode::out_of_memory,
                "out of memory on " + device_.name() + ": " + std::to_string(asked) +
                    " bytes asked for, " + std::to_string(budget_->free()) +
                    " free of the memory limit of " + std::to_string(budget_->limit()) + " bytes");
  }
  try {
    DeviceArray<T> array(queue_, size);
    bytes_ += asked;
    return array;
  } catch (...) {
    if (budget_ != nullptr) budget_->give(asked);
    throw;
  }
}

template <typename T>
void NetworkGroup::free_array(DeviceArray<T>& array) noexcept {
  bytes_ -= array.bytes();
  if (budget_ != nullptr) budget_->give(array.bytes());
  array.clear();
}

NetworkGroup::~NetworkGroup() {
  if (budget_ != nullptr) budget_->give(bytes_);
}

void NetworkGroup::upload_member(int network) {
  const Member& member = members_[network];
  const TrialState state{
      .seed = member.spec.seed, .iteration = member.iterations, .optimizer = member.spec.optimizer};
  upload<TrialState>(queue_, states_.data() + member.slot, {&state, 1});
  std::vector<float> rates;
  for (std::size_t layer = 0; layer < plan_.layers.size(); ++layer) {
    const auto* drop = std::get_if<DropoutLayer>(&member.spec.layers[layer]);
    rates.push_back(drop == nullptr ? 0 : drop->rate);
  }
  upload<float>(queue_, rates_.data() + member.slot * rates.size(), rates);
  std::vector<Penalty> factors(ranges_.size());
  for (const RegularizedSegment& segment : member.segments) {
    const auto range = std::ranges::find(ranges_, segment.begin, &PenaltyRange::begin);
    factors[range - ranges_.begin()] = {segment.l1, segment.l2};
  }
  upload<Penalty>(queue_, factors_.data() + member.slot * factors.size(), factors);
}

// --- slots

NetworkGroup::Slots NetworkGroup::bring_together(std::span<const int> networks) {
  if (networks.size() == 1) return {members_[networks[0]].slot, 1};
  const int count = static_cast<int>(networks.size());
  int free = 0;  // slots up to here are known to hold one of `networks`
  const auto wanted = [&](int network) { return std::ranges::count(networks, network) > 0; };
  for (const int network : networks) {
    if (members_[network].slot < count) continue;
    while (wanted(at_slot_[free])) ++free;
    swap_slots(free, members_[network].slot);
  }
  return {0, count};
}

void NetworkGroup::swap_slots(int a, int b) {
  const auto swap_rows = [&](DeviceArray<float>& rows, std::size_t row_of_a, std::size_t row_of_b) {
    // Gradients do not outlive a step.
    float* const spare = gradients_.data();
    const std::size_t bytes = stride_ * sizeof(float);
    float *const at_a = rows.data() + row_of_a * stride_, *const at_b =
                                                              rows.data() + row_of_b * stride_;
    copy_on_device(queue_, spare, at_a, bytes);
    copy_on_device(queue_, at_a, at_b, bytes);
    copy_on_device(queue_, at_b, spare, bytes);
  };
  if (gradients_.size() == 0) gradients_ = allocate_array<float>(weights_.size());
  swap_rows(weights_, a, b);
  const std::size_t rows = rule_.slots();
  for (std::size_t row = 0; row < rows && optimizer_state_.size() > 0; ++row) {
    swap_rows(optimizer_state_, a * rows + row, b * rows + row);
  }
  std::swap(at_slot_[a], at_slot_[b]);
  for (const int slot : {a, b}) {
    members_[at_slot_[slot]].slot = slot;
    upload_member(at_slot_[slot]);
  }
}

// --- memory of a step

bool NetworkGroup::changes_nothing(std::size_t layer, bool training) const {
  const LayerSpec& spec = plan_.layers[layer].spec;
  if (std::holds_alternative<FlattenLayer>(spec)) return true;
  return std::holds_alternative<DropoutLayer>(spec) && !(training && drops_[layer]);
}

bool NetworkGroup::pools_next(std::size_t layer) const {
  if (layer + 1 >= plan_.layers.size()) return false;
  if (!std::holds_alternative<Conv2dLayer>(plan_.layers[layer].spec)) return false;
  const PlannedLayer& next = plan_.layers[layer + 1];
  const auto* pool = std::get_if<Pool2dLayer>(&next.spec);
  return pool != nullptr && pool->kind == PoolKind::max &&
         conv2d_takes_pool(plan_.layers[layer].conv, next.pool);
}

std::size_t NetworkGroup::lay_out(float* base, int count, int batch, bool training) {
  const std::size_t n = static_cast<std::size_t>(count) * static_cast<std::size_t>(batch);
  const Trials trials{count, stride_};
  Layout layout(base, align_floats);
  input_ = layout.floats(n * plan_.in_size);
  float* previous = input_;
  std::size_t largest = plan_.in_size, workspace = 0;
  for (std::size_t i = 0; i < plan_.layers.size(); ++i) {
    const PlannedLayer& layer = plan_.layers[i];
    if (std::holds_alternative<Conv2dLayer>(layer.spec) && training) {
      workspace = std::max(workspace, conv2d_backward_filter_workspace(
                                          trials, precision_, with_batch(layer.conv, batch)));
    } else if (std::holds_alternative<DenseLayer>(layer.spec)) {
      workspace =
          std::max(workspace, dense_workspace(trials, precision_, with_batch(layer.dense, batch)));
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
  targets_ = layout.floats(n * classes);
  labels_ = layout.integers(n);
  sample_loss_ = layout.floats(n);
  sample_correct_ = layout.floats(n);
  probabilities_ = layout.floats(n * classes);
  return layout.used();
}

void NetworkGroup::reserve(int count, int batch, bool training) {
  if (training && optimizer_state_.size() == 0 && rule_.slots() > 0) {
    optimizer_state_ = allocate_array<float>(weights_.size() * rule_.slots());
    for (const Member& member : members_) {
      const std::size_t size = rule_.slots() * stride_;
      optimizer_init(queue_, member.spec.optimizer, optimizer_state_.data() + member.slot * size,
                     size);
    }
  }
  if (training && gradients_.size() == 0) gradients_ = allocate_array<float>(weights_.size());
  if (count == count_ && batch == batch_ && training == training_) return;

  for (std::size_t i = 0; i < plan_.layers.size(); ++i) {
    const PlannedLayer& layer = plan_.layers[i];
    require(static_cast<double>(count) * batch * std::max(layer.in_size, layer.out_size) < 0x1p31,
            "layer " + std::to_string(i) + " has 2^31 elements or more with " +
                std::to_string(count) + " networks and a batch_size of " + std::to_string(batch));
  }
  const std::size_t needed = lay_out(nullptr, count, batch, training);
  count_ = 0;
  // Graphs hold addresses in the arena; those of other layouts of it stay right.
  if (needed > arena_.size() || graphs_.size() > most_graphs) graphs_.clear();
  if (needed > arena_.size()) {
    free_array(arena_);
    arena_ = allocate_array<float>(needed);
  }
  lay_out(arena_.data(), count, batch, training);
  count_ = count;
  batch_ = batch;
  training_ = training;
}

// --- passes over the data

std::vector<Metrics> NetworkGroup::train_epoch(std::span<const int> networks, const Dataset& data,
                                               const EpochOptions& options) {
  const std::lock_guard lock(mutex_);
  const Slots slots = bring_together(networks);
  const std::size_t samples = data.size(), entries = shuffle_entries(samples);
  reserve(slots.count, options.batch_size, true);
  if (options.shuffle) {
    const std::size_t needed = static_cast<std::size_t>(slots.count) * entries;
    if (needed > order_.size()) {
      free_array(order_);
      free_array(keys_);
      order_ = allocate_array<std::uint32_t>(needed);
      keys_ = allocate_array<std::uint64_t>(needed);
    }
    shuffled_order(queue_, slots.count, states_.data() + slots.first, options.epoch, samples,
                   order_.data(), keys_.data());
  }
  begin_pass(slots, data, options.shuffle ? order_.data() : nullptr, entries);

  BatchProgress progress;
  progress.batches =
      static_cast<std::int64_t>(ceil_div(samples, static_cast<std::size_t>(options.batch_size)));
  progress.metrics.resize(networks.size());
  run_pass(Mode::train, slots, samples, options.batch_size, options.cancelled,
           [&](std::int64_t batch, std::size_t seen, const PassSums* sums) {
             progress.batch = batch;
             for (std::size_t i = 0; i < networks.size(); ++i) {
               const PassSums& own = sums[members_[networks[i]].slot - slots.first];
               const double n = static_cast<double>(seen);
               progress.metrics[i] = {(own.loss + own.penalty) / n, own.correct / n};
             }
             if (options.on_batch) options.on_batch(progress);
           });
  return progress.metrics;
}

std::vector<Metrics> NetworkGroup::evaluate(std::span<const int> networks, const Dataset& data,
                                            int batch_size, const std::atomic<bool>* cancelled) {
  const std::lock_guard lock(mutex_);
  const Slots slots = bring_together(networks);
  reserve(slots.count, batch_size, false);
  begin_pass(slots, data, nullptr, 0);
  std::vector<Metrics> metrics(networks.size());
  run_pass(Mode::evaluate, slots, data.size(), batch_size, cancelled,
           [&](std::int64_t, std::size_t seen, const PassSums* sums) {
             for (std::size_t i = 0; i < networks.size(); ++i) {
               const PassSums& own = sums[members_[networks[i]].slot - slots.first];
               const double n = static_cast<double>(seen);
               metrics[i] = {own.loss / n, own.correct / n};
             }
           });
  if (ranges_.empty()) return metrics;
  const std::size_t chunks = penalty_chunks(plan_.parameter_count);
  penalty_sums(queue_, {slots.count, stride_}, penalties(slots), weights_of(slots),
               plan_.parameter_count, penalty_sums_.data());
  std::vector<double> sums(slots.count * chunks);
  copy_to_host(queue_, sums.data(), penalty_sums_.data(), sums.size() * sizeof(double));
  for (std::size_t i = 0; i < networks.size(); ++i) {
    const std::size_t row = members_[networks[i]].slot - slots.first;
    for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
      metrics[i].loss += sums[row * chunks + chunk];
    }
  }
  return metrics;
}

void NetworkGroup::predict(int network, const Dataset& data, int batch_size,
                           std::span<float> probabilities, const std::atomic<bool>* cancelled) {
  const std::lock_guard lock(mutex_);
  const Slots slots{members_[network].slot, 1};
  reserve(1, batch_size, false);
  begin_pass(slots, data, nullptr, 0);
  const std::size_t classes = plan_.classes, step = batch_size;
  for (std::size_t begin = 0; begin < data.size(); begin += step) {
    stop_if(cancelled);
    const std::size_t batch = std::min(step, data.size() - begin);
    launch({Mode::predict, slots, static_cast<int>(batch)});
    copy_to_host(queue_, probabilities.data() + begin * classes, probabilities_,
                 batch * classes * sizeof(float));
  }
}

void NetworkGroup::begin_pass(Slots slots, const Dataset& data, const std::uint32_t* order,
                              std::size_t order_stride) {
  const BatchSource source{
      .bytes = data.has_bytes() ? data.byte_images().data() : nullptr,
      .floats = data.has_bytes() ? nullptr : data.float_images().data(),
      .labels = data.has_labels() ? data.labels().data() : nullptr,
      .targets = data.has_targets() ? data.targets().data() : nullptr,
      .order = order,
      .order_stride = order_stride,
  };
  upload<BatchSource>(queue_, source_.data(), {&source, 1});
  cuda::begin_pass(queue_, slots.count, states_.data() + slots.first, sums_.data() + slots.first);
}

template <typename Tell>
void NetworkGroup::run_pass(Mode mode, Slots slots, std::size_t samples, int batch,
                            const std::atomic<bool>* cancelled, const Tell& tell) {
  using Clock = std::chrono::steady_clock;
  constexpr auto between_marks = std::chrono::milliseconds(5);
  constexpr std::int64_t most_batches = 64;
  // The marks that the host has not waited for: while it waits for one, the device works on.
  std::deque<Mark*> open;
  const auto wait_for_one = [&] {
    Mark& mark = *open.front();
    mark.event.wait();
    open.pop_front();
    tell(mark.batches, mark.seen, mark.sums.data());
  };

  // The marks' memory must not go while the device may still write to it.
  struct Settle {
    const Queue& queue;
    ~Settle() { cudaStreamSynchronize(static_cast<cudaStream_t>(queue.stream)); }
  } settle{queue_};

  stop_if(cancelled);
  std::int64_t batches = 0, between = 1, since = 0;
  Clock::time_point last = Clock::now();
  for (std::size_t seen = 0; seen < samples;) {
    const std::size_t size = std::min<std::size_t>(batch, samples - seen);
    launch({mode, slots, static_cast<int>(size)});
    if (mode == Mode::train) {
      for (int slot = slots.first; slot < slots.first + slots.count; ++slot) {
        ++members_[at_slot_[slot]].iterations;
      }
    }
    seen += size;
    ++batches;
    if (++since < between && seen < samples) continue;
    since = 0;
    Mark& mark = *marks_[!open.empty() && open.back() == marks_[0].get() ? 1 : 0];
    mark.batches = batches;
    mark.seen = seen;
    copy_to_pinned(queue_, mark.sums.data(), sums_.data() + slots.first,
                   slots.count * sizeof(PassSums));
    mark.event.record(queue_);
    open.push_back(&mark);
    if (open.size() < 2) continue;
    wait_for_one();
    stop_if(cancelled);
    const Clock::time_point now = Clock::now();
    if (now - last < between_marks && between < most_batches) between *= 2;
    last = now;
  }
  while (!open.empty()) wait_for_one();
}

void NetworkGroup::launch(const Step& step) {
  // Within a graph the kernels could not be told apart.
  if (is_profiling()) return queue_step(step);
  const GraphKey key{step.mode, step.slots.first, step.slots.count, step.batch, batch_};
  auto found = graphs_.find(key);
  if (found == graphs_.end()) {
    found = graphs_.emplace(key, Graph(queue_, [&] { queue_step(step); })).first;
  }
  found->second.launch(queue_);
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
    const ProfileRange range = costs_.gather.range(step.rows());
    gather_batch(queue_, slots.count, step.batch, plan_.in_size, plan_.classes, source_.data(),
                 states, input_, labelled && sparse ? labels_ : nullptr,
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
  if (penalized) {
    const ProfileRange range("penalty");
    penalty_sums(queue_, trials(step), penalties(slots), weights_of(slots), n,
                 penalty_sums_.data());
  }
  if (training) {
    queue_backward(step);
    const ProfileRange range = costs_.optimizer.range(step.rows());
    optimizer_step(queue_, trials(step), rule_, states, penalties(slots),
                   gradients_.data() + slots.first * stride_, weights_of(slots),
                   optimizer_state_.data() + slots.first * rule_.slots() * stride_, stride_, n);
  }
  finish_batch(queue_, slots.count, step.batch, training, labelled ? sample_loss_ : nullptr,
               labelled ? sample_correct_ : nullptr, penalized ? penalty_sums_.data() : nullptr,
               penalty_chunks(n), states, sums_.data() + slots.first);
}

const float* NetworkGroup::queue_forward(const Step& step) {
  const ProfileRange pass("forward");
  const bool training = step.mode == Mode::train;
  const int rows = step.rows();
  const float* const weights = weights_of(step.slots);
  const int layers = static_cast<int>(plan_.layers.size());
  const float* x = input_;
  for (std::size_t i = 0; i < plan_.layers.size(); ++i) {
    if (changes_nothing(i, training)) continue;
    const ProfileRange range = forward_costs_.forward[i].range(rows);
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
                                layer.activation, memory_[i].output, memory_[i].argmax);
      } else {
        conv2d_forward(queue_, trials(step), precision_, shape, x, w, bias, layer.activation, y);
      }
    } else if (const auto* pool = std::get_if<Pool2dLayer>(&layer.spec)) {
      if (pool->kind == PoolKind::max) {
        max_pool2d_forward(queue_, with_batch(layer.pool, rows), x, y, memory_[i].argmax);
      } else {
        average_pool2d_forward(queue_, with_batch(layer.pool, rows), x, y);
      }
    } else if (std::holds_alternative<DenseLayer>(layer.spec)) {
      dense_forward(queue_, trials(step), precision_, with_batch(layer.dense, step.batch), x, w,
                    bias, layer.activation, y, workspace_);
    } else if (std::holds_alternative<ActivationLayer>(layer.spec)) {
      activation_forward(queue_, layer.activation, x, y, layer.out_size * rows);
    } else {
      dropout_forward(queue_, step.slots.count, states_.data() + step.slots.first,
                      rates_.data() + step.slots.first * plan_.layers.size(), layers,
                      static_cast<int>(i), x, y, layer.out_size * step.batch);
    }
    x = memory_[i].output;
  }
  return x;
}

void NetworkGroup::queue_loss(const Step& step, const float* logits, float* dlogits) {
  const ProfileRange range = costs_.loss.range(step.rows());
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

const float* NetworkGroup::output_of(int layer) const {
  return layer < 0 ? input_ : memory_[layer].output;
}

void NetworkGroup::queue_backward(const Step& step) {
  const ProfileRange pass("backward");
  const int rows = step.rows();
  const float* const weights = weights_of(step.slots);
  float* const gradients = gradients_.data() + step.slots.first * stride_;
  const int layers = static_cast<int>(plan_.layers.size());
  float* dy = gradient_[0];
  float* other = gradient_[1];
  int i = below(layers);
  // Whether dy has come through the activation of layer i already.
  bool through = false;
  while (i >= plan_.first_trained) {
    const ProfileRange range = costs_.backward[i].range(rows);
    const PlannedLayer& layer = plan_.layers[i];
    const bool pooled = i > 0 && pools_next(i - 1);
    const int under = pooled ? i - 1 : below(i);
    const float* const x = pooled ? nullptr : output_of(under);
    const float* const y = memory_[i].output;
    // What lies under takes dx through its own activation, where its output is still there.
    const Activation under_activation =
        under >= plan_.first_trained ? plan_.layers[under].activation : Activation::linear;
    const float* const under_output = under_activation == Activation::linear ? nullptr : x;
    const bool needs_dx = i > plan_.first_trained;
    const std::size_t n = layer.out_size * rows;
    if (!through && layer.activation != Activation::linear) {
      activation_backward(queue_, layer.activation, y, dy, dy, n);
    }
    through = false;

    const float* const w = layer.kernel ? weights + layer.kernel->offset : nullptr;
    float* const dw = layer.kernel ? gradients + layer.kernel->offset : nullptr;
    float* const dbias = layer.bias ? gradients + layer.bias->offset : nullptr;
    if (std::holds_alternative<Conv2dLayer>(layer.spec)) {
      const Conv2dShape shape = with_batch(layer.conv, step.batch);
      conv2d_backward_filter(queue_, trials(step), precision_, shape, x, dy, dw, dbias, workspace_);
      if (needs_dx) {
        conv2d_backward_input(queue_, trials(step), precision_, shape, dy, w, under_activation,
                              under_output, other);
        through = true;
        std::swap(dy, other);
      }
    } else if (std::holds_alternative<DenseLayer>(layer.spec)) {
      const DenseShape shape = with_batch(layer.dense, step.batch);
      dense_backward_weights(queue_, trials(step), precision_, shape, x, dy, dw, dbias, workspace_);
      if (needs_dx) {
        dense_backward_input(queue_, trials(step), precision_, shape, dy, w, under_activation,
                             under_output, other, workspace_);
        through = true;
        std::swap(dy, other);
      }
    } else if (const auto* pool = std::get_if<Pool2dLayer>(&layer.spec)) {
      const Pool2dShape shape = with_batch(layer.pool, rows);
      if (pool->kind == PoolKind::max) {
        // The largest element of a window is the convolution's output there.
        max_pool2d_backward(queue_, shape, dy, memory_[i].argmax, under_activation,
                            under_activation == Activation::linear ? nullptr : y, other);
        through = true;
      } else {
        average_pool2d_backward(queue_, shape, dy, other);
      }
      std::swap(dy, other);
    } else if (std::holds_alternative<DropoutLayer>(layer.spec)) {
      dropout_backward(queue_, step.slots.count, states_.data() + step.slots.first,
                       rates_.data() + step.slots.first * plan_.layers.size(), layers, i, dy,
                       under_activation, under_output, dy, layer.out_size * step.batch);
      through = true;
    }
    i = under;
  }
}

void NetworkGroup::trim() {
  const std::lock_guard lock(mutex_);
  graphs_.clear();
  count_ = 0;
  free_array(arena_);
  free_array(order_);
  free_array(keys_);
}

// --- weights

void NetworkGroup::get_weights(int network, std::span<float> weights) {
  const std::lock_guard lock(mutex_);
  copy_to_host(queue_, weights.data(), weights_.data() + members_[network].slot * stride_,
               weights.size_bytes());
}

void NetworkGroup::set_weights(int network, std::span<const float> weights) {
  const std::lock_guard lock(mutex_);
  upload<float>(queue_, weights_.data() + members_[network].slot * stride_, weights);
}

void NetworkGroup::set_learning_rate(int network, float learning_rate) {
  const std::lock_guard lock(mutex_);
  members_[network].spec.optimizer.learning_rate = learning_rate;
  upload_member(network);
}

}  // namespace trialforge::cuda
