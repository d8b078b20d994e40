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

/** Waits until it is there, and what was queued before it done. */
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
      side_(queue_),
      access_stream_(make_stream(queue_.device)),
      access_{queue_.device, access_stream_.get()},
      plan_(*plans[0]),
      loss_(specs[0].loss),
      precision_(specs[0].precision),
      rule_(specs[0].optimizer),
      budget_(std::move(budget)),
      drops_(plan_.layers.size()),
      joined_dropout_(plan_.layers.size(), -1),
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
  join_layers();

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
    upload_member(queue_, static_cast<int>(i));
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

void NetworkGroup::upload_member(const Queue& queue, int network) {
  const Member& member = members_[network];
  const TrialState state{
      .seed = member.spec.seed, .step = member.iterations, .optimizer = member.spec.optimizer};
  upload<TrialState>(queue, states_.data() + member.slot, {&state, 1});
  std::vector<float> rates;
  for (std::size_t layer = 0; layer < plan_.layers.size(); ++layer) {
    const auto* drop = std::get_if<DropoutLayer>(&member.spec.layers[layer]);
    rates.push_back(drop == nullptr ? 0 : drop->rate);
  }
  upload<float>(queue, rates_.data() + member.slot * rates.size(), rates);
  std::vector<Penalty> factors(ranges_.size());
  for (const RegularizedSegment& segment : member.segments) {
    const auto range = std::ranges::find(ranges_, segment.begin, &PenaltyRange::begin);
    factors[range - ranges_.begin()] = {segment.l1, segment.l2};
  }
  upload<Penalty>(queue, factors_.data() + member.slot * factors.size(), factors);
}

// --- slots

NetworkGroup::Slots NetworkGroup::bring_together(std::span<const int> networks) {
  const std::lock_guard places(places_mutex_);
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
    upload_member(queue_, at_slot_[slot]);
  }
}

// --- memory of a step

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
  const std::lock_guard pass(pass_mutex_);
  const Slots slots = bring_together(networks);
  const std::size_t samples = data.size(), entries = shuffle_entries(samples);
  reserve(slots.count, options.batch_size, true);
  if (options.shuffle) {
    const std::size_t needed = static_cast<std::size_t>(slots.count) * entries;
    // The second of the two may have found no memory before.
    if (needed > order_.size() || needed > keys_.size()) {
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
  const std::lock_guard pass(pass_mutex_);
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
  const std::lock_guard pass(pass_mutex_);
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

void NetworkGroup::trim() {
  const std::unique_lock pass(pass_mutex_, std::try_to_lock);
  if (!pass.owns_lock()) return;
  graphs_.clear();
  count_ = 0;
  free_array(arena_);
  free_array(order_);
  free_array(keys_);
}

// --- weights. Copied in a queue of their own, so as not to wait for a pass of other networks.

void NetworkGroup::get_weights(int network, std::span<float> weights) {
  const std::lock_guard places(places_mutex_);
  copy_to_host(access_, weights.data(), weights_.data() + members_[network].slot * stride_,
               weights.size_bytes());
}

void NetworkGroup::set_weights(int network, std::span<const float> weights) {
  const std::lock_guard places(places_mutex_);
  upload<float>(access_, weights_.data() + members_[network].slot * stride_, weights);
}

void NetworkGroup::set_learning_rate(int network, float learning_rate) {
  const std::lock_guard places(places_mutex_);
  members_[network].spec.optimizer.learning_rate = learning_rate;
  upload_member(access_, network);
}

}  // namespace trialforge::cuda
