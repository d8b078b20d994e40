// What a ParzenSideMixture keeps component by component, the prior last: of its parameters on a
// continuum all that a term needs, and a bound from above for all numeric ones.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "cpu/kernels/kernels.h"

namespace trialforge::cpu {

class ParzenRows {
 public:
  /** For so many parameters on a continuum. There is the prior's row. */
  explicit ParzenRows(std::size_t continuous)
      : stride_((continuous + kParzenLanes - 1) / kParzenLanes * kParzenLanes),
        values_(row_size()),
        constants_(1),
        sums_(1),
        irregular_(1),
        bounds_(kParzenBlock, -std::numeric_limits<float>::infinity()) {}

  std::size_t stride() const noexcept { return stride_; }
  /** mu [stride], 1 / sigma [stride]. */
  const double* row(std::size_t j) const { return values_.data() + j * row_size(); }
  /** The sums of the components' constants, the prior apart, and a block of -infinity. */
  const float* bounds() const { return bounds_.data(); }

  void insert(std::size_t at) {
    values_.insert(values_.begin() + offset(at), row_size(), 0.0);
    insert_at(constants_, at, 0.0);
    insert_at(sums_, at, 0.0);
    insert_at(irregular_, at, std::int32_t{0});
    insert_at(bounds_, at, 0.0F);
  }
  void erase(std::size_t at) {
    values_.erase(values_.begin() + offset(at), values_.begin() + offset(at + 1));
    constants_.erase(constants_.begin() + static_cast<std::ptrdiff_t>(at));
    sums_.erase(sums_.begin() + static_cast<std::ptrdiff_t>(at));
    n_irregular_ -= irregular_[at] > 0;
    irregular_.erase(irregular_.begin() + static_cast<std::ptrdiff_t>(at));
    bounds_.erase(bounds_.begin() + static_cast<std::ptrdiff_t>(at));
  }
  /** The sum of its constants over the parameters on a continuum. */
  double constant(std::size_t j) const { return constants_[j]; }

  /** A parameter on a continuum of component j, whose constant has changed. */
  void set(std::size_t j, std::size_t p, double mu, double inverse_sigma, double before,
           double now) {
    double* row = values_.data() + j * row_size() + p;
    row[0] = mu;
    row[stride_] = inverse_sigma;
    constants_[j] += now - before;
  }

  /** Whether single precision can tell how far a component with this constant is from a point. */
  static bool is_regular(double constant) { return std::abs(constant) < 1e6; }
  bool all_regular() const noexcept { return n_irregular_ == 0; }
  /** One of component j's constants has changed. */
  void change_constant(std::size_t j, double before, double now) {
    sums_[j] += bound(now) - bound(before);
    n_irregular_ -= irregular_[j] > 0;
    irregular_[j] += static_cast<int>(!is_regular(now)) - static_cast<int>(!is_regular(before));
    n_irregular_ += irregular_[j] > 0;
    bounds_[j] =
        irregular_[j] > 0 ? std::numeric_limits<float>::infinity() : static_cast<float>(sums_[j]);
  }

 private:
  template <typename T>
  static void insert_at(std::vector<T>& values, std::size_t at, T value) {
    values.insert(values.begin() + static_cast<std::ptrdiff_t>(at), value);
  }
  /** With room for the rounding of a square of this size in single precision. */
  static double bound(double constant) {
    return is_regular(constant) ? constant + 4e-6 * std::abs(constant) : 0;
  }
  std::size_t row_size() const noexcept { return 2 * stride_; }
  std::ptrdiff_t offset(std::size_t at) const noexcept {
    return static_cast<std::ptrdiff_t>(at * row_size());
  }

  std::size_t stride_;
  std::vector<double> values_;
  std::vector<double> constants_;
  std::vector<double> sums_;
  /** How many of its constants are not regular. */
  std::vector<std::int32_t> irregular_;
  /** How many components have any that is not. */
  std::ptrdiff_t n_irregular_ = 0;
  std::vector<float> bounds_;
};

}  // namespace trialforge::cpu
