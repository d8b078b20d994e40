// A whole network in double precision, one operation after the other.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ops/network_plan.h"

namespace trialforge::reference {

class Network {
 public:
  explicit Network(const NetworkSpec& spec);

  std::vector<double>& weights() noexcept { return weights_; }

  /** Mean loss without penalty of a batch x: [batch, in_size]. */
  double loss(std::span<const double> x, std::span<const std::int32_t> labels, bool training);
  /** Mean loss, and its gradient with respect to all weights. */
  double gradient(std::span<const double> x, std::span<const std::int32_t> labels,
                  std::vector<double>& gradient);
  /** One optimizer step; returns the mean loss. */
  double train(std::span<const double> x, std::span<const std::int32_t> labels);

 private:
  std::vector<double> forward(std::span<const double> x, int batch, bool training);
  double loss_of(const std::vector<double>& logits, std::span<const std::int32_t> labels,
                 std::vector<double>& dlogits) const;

  NetworkSpec spec_;
  NetworkPlan plan_;
  std::vector<double> weights_, state_;
  std::uint64_t iterations_ = 0;
  std::vector<std::vector<double>> outputs_;         // one a layer
  std::vector<std::vector<std::int32_t>> argmaxes_;  // one a layer
};

}  // namespace trialforge::reference
