// Networks of the same shapes on a CUDA device, with neighbouring memory, that train as one. A step
// is a captured graph, an epoch a row of its launches; the host waits only to tell of progress.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <tuple>
#include <vector>

#include "cuda/handles.h"
#include "cuda/training.h"
#include "ops/network_costs.h"
#include "ops/network_engine.h"
#include "ops/network_plan.h"

namespace trialforge::cuda {

class NetworkGroup {
 public:
  /** Throws ErrorCode::invalid_argument naming the network that is not like the first. */
  NetworkGroup(const Device& device, std::span<const NetworkSpec> specs,
               std::span<const NetworkPlan* const> plans, std::shared_ptr<MemoryBudget> budget);
  ~NetworkGroup();

  // `networks` are indices into the specs of the constructor. A pass over data waits for the one
  // before; what else is asked of a network that is in no pass does not wait for others' passes.

  std::vector<Metrics> train_epoch(std::span<const int> networks, const Dataset& data,
                                   const EpochOptions& options);
  std::vector<Metrics> evaluate(std::span<const int> networks, const Dataset& data, int batch_size,
                                const std::atomic<bool>* cancelled);
  void predict(int network, const Dataset& data, int batch_size, std::span<float> probabilities,
               const std::atomic<bool>* cancelled);
  void get_weights(int network, std::span<float> weights);
  void set_weights(int network, std::span<const float> weights);
  void set_learning_rate(int network, float learning_rate);
  /** Gives back what passes work in, unless one does. */
  void trim();

  std::uint64_t iterations(int network) const noexcept { return members_[network].iterations; }
  /** Of one network's share. */
  std::size_t bytes() const noexcept { return bytes_ / members_.size(); }

 private:
  struct Member {
    NetworkSpec spec;
    std::vector<RegularizedSegment> segments;
    std::uint64_t iterations = 0;
    int slot = 0;  // its place in memory
  };
  /** Slots [first, first + count). */
  struct Slots {
    int first = 0, count = 1;
  };
  enum class Mode { train, evaluate, predict };
  struct LayerMemory {
    float* output = nullptr;         // [count, batch, out_size]; the layer's input where it changes
                                     // nothing, null where only the next layer's output is stored
    std::int32_t* argmax = nullptr;  // like output, max pooling in training
  };
  /** One batch of `slots`. */
  struct Step {
    Mode mode;
    Slots slots;
    int batch;
    int rows() const { return slots.count * batch; }
  };
  /** Mode, slots and batch of a step, and the batch that its memory was laid out for. */
  using GraphKey = std::tuple<Mode, int, int, int, int>;
  /** A place in a pass, and the sums there once its event is over. */
  struct Mark {
    Mark(const Queue& queue, std::size_t networks) : event(queue), sums(networks) {}
    Event event;
    PinnedArray<PassSums> sums;
    std::int64_t batches = 0;
    std::size_t seen = 0;
  };

  void require_alike(const NetworkSpec& spec, const NetworkPlan& plan, int network) const;
  template <typename T>
  DeviceArray<T> allocate_array(std::size_t size);
  template <typename T>
  void free_array(DeviceArray<T>& array) noexcept;
  void upload_member(const Queue& queue, int network);

  Slots bring_together(std::span<const int> networks);
  void swap_slots(int a, int b);

  void reserve(int count, int batch, bool training);
  std::size_t lay_out(float* base, int count, int batch, bool training);
  void begin_pass(Slots slots, const Dataset& data, const std::uint32_t* order,
                  std::size_t order_stride);
  /** The batches of a pass over `samples`, `told` of after some of them. */
  template <typename Tell>
  void run_pass(Mode mode, Slots slots, std::size_t samples, int batch,
                const std::atomic<bool>* cancelled, const Tell& tell);
  /** Queues a step as one graph. */
  void launch(const Step& step);

  /** Whether the layer has a kernel of its own in neither direction. */
  bool changes_nothing(std::size_t layer, bool training) const;
  bool pools_next(std::size_t layer) const;
  /** Finds the dropout layers that the kernels around them run, and what all of them cost. */
  void join_layers();
  /** That which the kernel that makes the output of `layer` applies to it in training. */
  TrialDropout joined_dropout(const Step& step, std::size_t layer) const;
  TrialDropout dropout_of(const Step& step, std::size_t layer) const;
  /** The layer below `layer` that changes something; -1: the input. */
  int below(int layer) const;
  /** Likewise; of a pooling that runs as one with a convolution, the convolution. */
  int layer_under(int layer) const;
  /** Whether the kernel that makes dx of `layer` takes it through the max pooling below. */
  bool joins_pool_under(int layer) const;
  const float* output_of(int layer) const;
  Trials trials(const Step& step) const;
  float* weights_of(Slots slots) { return weights_.data() + slots.first * stride_; }

  /** The queue of what may run beside the rest of a step, which follows all that is queued. */
  const Queue& beside();

  // Each queues its part of a step.
  void queue_step(const Step& step);
  const float* queue_forward(const Step& step);
  void queue_loss(const Step& step, const float* logits, float* dlogits);
  /** Returns which weights have not had their step: those before. */
  std::size_t queue_backward(const Step& step);
  void queue_optimizer(const Queue& queue, const Step& step, std::size_t begin, std::size_t end);
  Penalties penalties(Slots slots) const;

  Device device_;
  Queue queue_;
  SideQueue side_;  // of what nothing in a step waits for: metrics, weights' gradients and steps
  const std::shared_ptr<void> access_stream_;
  const Queue access_;  // of weights and numbers that are read and set from outside
  std::mutex pass_mutex_;
  std::mutex places_mutex_;  // of the slots of networks, and of those that are in no pass
  const NetworkPlan plan_;
  const Loss loss_;
  const Precision precision_;
  const OptimizerSpec rule_;
  const std::shared_ptr<MemoryBudget> budget_;
  NetworkCosts inference_costs_, training_costs_;
  std::vector<Member> members_;
  std::vector<int> at_slot_;          // the network in each slot
  std::vector<bool> drops_;           // the dropout layers that drop, of any network
  std::vector<int> joined_dropout_;   // of the layer whose output it drops; -1: none
  std::vector<PenaltyRange> ranges_;  // the weights with a penalty, of any network
  std::size_t stride_ = 0;            // floats from a network's weights to the next one's
  std::atomic<std::size_t> bytes_ = 0;

  DeviceArray<float> weights_, gradients_;  // [slots, stride]
  DeviceArray<float> optimizer_state_;      // [slots, spec.slots(), stride]
  DeviceArray<TrialState> states_;          // [slots]
  DeviceArray<float> rates_;                // [slots, layers]
  DeviceArray<PenaltyRange> device_ranges_;
  DeviceArray<Penalty> factors_;      // [slots, ranges]
  DeviceArray<double> penalty_sums_;  // [slots, chunks]
  DeviceArray<PassSums> sums_;        // [slots]
  DeviceArray<BatchSource> source_;   // one
  DeviceArray<std::uint32_t> order_;  // [count, entries]
  DeviceArray<std::uint64_t> keys_;   // [count, entries]

  // Of the last reserve().
  int count_ = 0, batch_ = 0;
  bool training_ = false;
  DeviceArray<float> arena_;
  float* input_ = nullptr;  // [count, batch, in_size]
  std::vector<LayerMemory> memory_;
  float* gradient_[2] = {};  // [count, batch, largest layer], in turn
  float *workspace_ = nullptr, *side_workspace_ = nullptr;
  float* targets_ = nullptr;         // [count, batch, classes]
  std::int32_t* labels_ = nullptr;   // [count, batch]
  float* sample_loss_ = nullptr;     // [count, batch]
  float* sample_correct_ = nullptr;  // [count, batch]
  float* probabilities_ = nullptr;   // [count, batch, classes]
  std::map<GraphKey, Graph> graphs_;
  std::unique_ptr<Mark> marks_[2];
};

}  // namespace trialforge::cuda
