// The kernels of a parameter on a small grid. Observations repeat there, so kernels that are alike
// are one, and what its special functions give is computed once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace trialforge::cpu {

struct ParzenGridKernel {
  double mu, sigma, log_mass, constant;
};

class ParzenGrid {
 public:
  static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

  explicit ParzenGrid(std::size_t points) : masses_(points) {}

  std::size_t points() const noexcept { return masses_.size(); }
  std::size_t size() const noexcept { return kernels_.size(); }
  const ParzenGridKernel& operator[](std::int32_t id) const { return kernels_[id]; }

  /** The id of the kernel, which `make()` makes if it is new. */
  template <typename Make>
  std::int32_t find(double mu, double sigma, Make make) {
    const auto [found, is_new] =
        ids_.try_emplace({mu, sigma}, static_cast<std::int32_t>(kernels_.size()));
    if (is_new) {
      kernels_.push_back(make());
      for (std::vector<double>& column : masses_) {
        if (!column.empty()) column.push_back(unknown);
      }
    }
    return found->second;
  }
  /** By id, the logarithms of masses at a point; NaN where nobody has computed them yet. */
  std::vector<double>& masses(std::size_t point) {
    std::vector<double>& column = masses_[point];
    if (column.empty()) column.assign(kernels_.size(), unknown);
    return column;
  }
  void clear() { *this = ParzenGrid(points()); }

 private:
  using Key = std::pair<double, double>;
  struct Hash {
    std::size_t operator()(const Key& key) const noexcept {
      const std::hash<double> hash;
      return hash(key.first) * 31 + hash(key.second);
    }
  };

  std::vector<ParzenGridKernel> kernels_;
  std::unordered_map<Key, std::int32_t, Hash> ids_;
  /** [point][id]; empty: no value of it. */
  std::vector<std::vector<double>> masses_;
};

}  // namespace trialforge::cpu
