// A planned network on one kind of device, as the facade drives it. Arguments are checked.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include "ops/stop_if.h"
#include "trialforge/network.h"

namespace trialforge {

class NetworkEngine {
 public:
  virtual ~NetworkEngine() = default;

  virtual std::uint64_t iterations() const noexcept = 0;
  virtual std::size_t bytes() const noexcept = 0;

  /** batch_size is at most the samples of `data`. */
  virtual Metrics train_epoch(const Dataset& data, const EpochOptions& options) = 0;
  virtual Metrics evaluate(const Dataset& data, int batch_size,
                           const std::atomic<bool>* cancelled) = 0;
  virtual void predict(const Dataset& data, int batch_size, std::span<float> probabilities,
                       const std::atomic<bool>* cancelled) = 0;

  virtual void get_weights(std::span<float> weights) const = 0;
  virtual void set_weights(std::span<const float> weights) = 0;
  virtual void set_learning_rate(float learning_rate) = 0;
  virtual void trim() = 0;
};

}  // namespace trialforge
