// The weights of a mixture's components: of the observations, the oldest first, and of the prior,
// last.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

namespace trialforge::cpu {

class ParzenWeights {
 public:
  ParzenWeights() = default;
  /** Of given logarithms, which live as long. */
  explicit ParzenWeights(std::span<const double> logs /* [n + 1] */)
      : logs_(logs), largest_log_(*std::max_element(logs.begin(), logs.end())) {}
  /** Ones for the latest 25 of n, and a ramp from 1 / n to 1 for the older ones. */
  ParzenWeights(std::size_t n, double prior)
      : n_(n), ramp_(n > full ? n - full : 0), prior_(n > 0 ? prior : 1) {
    const auto count = static_cast<double>(n), ramp = static_cast<double>(ramp_);
    first_ = ramp_ > 0 ? 1 / count : 1;
    step_ = ramp_ > 1 ? (1 - first_) / (ramp - 1) : 0;
    const double of_ramp = ramp_ > 1 ? ramp * (first_ + 1) / 2 : ramp_ > 0 ? first_ : 0;
    total_ = of_ramp + (count - ramp) + prior_;
    largest_log_ = std::log(std::max(1.0, prior_) / total_);
  }

  bool are_given() const noexcept { return !logs_.empty(); }
  double operator[](std::size_t j) const {
    if (!logs_.empty()) return std::exp(logs_[j]);
    return (j == n_ ? prior_ : j < ramp_ ? first_ + step_ * static_cast<double>(j) : 1) / total_;
  }
  template <typename T>
  void fill(std::span<T> weights) const {
    for (std::size_t j = 0; j < weights.size(); ++j) weights[j] = static_cast<T>((*this)[j]);
  }
  double log(std::size_t j) const { return logs_.empty() ? std::log((*this)[j]) : logs_[j]; }
  double largest_log() const noexcept { return largest_log_; }

 private:
  static constexpr std::size_t full = 25;

  std::span<const double> logs_;
  std::size_t n_ = 0, ramp_ = 0;
  double prior_ = 1, first_ = 1, step_ = 0, total_ = 1, largest_log_ = 0;
};

}  // namespace trialforge::cpu
