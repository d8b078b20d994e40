#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace trialforge::cpu {

/** Whether `a` is nowhere worse than `b`. */
inline bool covers(const double* a, const double* b, std::size_t m) {
  for (std::size_t k = 0; k < m; ++k) {
    if (!(a[k] <= b[k])) return false;
  }
  return true;
}

/** Whether `a` comes before `b` in lexicographic order. */
inline bool comes_before(const double* a, const double* b, std::size_t m) {
  for (std::size_t k = 0; k < m; ++k) {
    if (a[k] != b[k]) return a[k] < b[k];
  }
  return false;
}

/**
 * Volumes that points dominate below one reference point (While, Bradstreet, Barone: A fast way of
 * calculating exact hypervolumes, 2012). Points lie one after the other.
 */
class Volumes {
 public:
  explicit Volumes(std::span<const double> reference)
      : reference_(reference.begin(), reference.end()) {}

  std::size_t n_objectives() const { return reference_.size(); }
  std::span<const double> reference() const { return reference_; }

  /** What both points dominate: a box. */
  double shared(const double* a, const double* b) const { return shared(a, b, reference_.size()); }
  double box(const double* point) const { return shared(point, point); }

  /** What the `count` rows dominate together. */
  double dominated(const double* rows, std::size_t count);

 private:
  std::vector<double> reference_;
  /** Memory of the recursion, by its depth. */
  std::vector<std::vector<double>> scratch_;

  double shared(const double* a, const double* b, std::size_t m) const {
    double volume = 1;
    for (std::size_t k = 0; k < m; ++k) volume *= reference_[k] - (a[k] > b[k] ? a[k] : b[k]);
    return volume;
  }
  template <std::size_t M>
  double dominated(const double* rows, std::size_t count, std::size_t depth);
  template <std::size_t M>
  double exclusive(const double* rows, std::size_t count, std::size_t depth);
};

}  // namespace trialforge::cpu
