// The latest masses of a parameter on a grid that is too large for a table.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace trialforge::cpu {

class ParzenMemory {
 public:
  /** The mass of a kernel at a value, which `make()` computes if it is not remembered. */
  template <typename Make>
  double find(double value, double mu, double sigma, Make make) {
    if (entries_.empty()) entries_.resize(size);
    Entry& entry = entries_[place(value, mu, sigma)];
    if (entry.value != value || entry.mu != mu || entry.sigma != sigma) {
      entry = {value, mu, sigma, make()};
    }
    return entry.mass;
  }

 private:
  static constexpr int bits = 12;
  static constexpr std::size_t size = std::size_t{1} << bits;
  struct Entry {
    double value = std::numeric_limits<double>::quiet_NaN(), mu = 0, sigma = 0, mass = 0;
  };

  static std::size_t place(double value, double mu, double sigma) {
    constexpr std::uint64_t odd = 0x9e3779b97f4a7c15u;
    std::uint64_t hash = std::bit_cast<std::uint64_t>(value) * odd;
    hash = (hash ^ std::bit_cast<std::uint64_t>(mu)) * odd;
    hash = (hash ^ std::bit_cast<std::uint64_t>(sigma)) * odd;
    return hash >> (64 - bits);
  }

  std::vector<Entry> entries_;
};

}  // namespace trialforge::cpu
