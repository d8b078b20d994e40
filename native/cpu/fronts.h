#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "cpu/hypervolume_selection.h"

namespace trialforge::cpu {

/** Rows none of which dominates another, in lexicographic order, equal ones by their numbers. */
struct Front {
  /** [n, m] */
  std::vector<double> losses;
  std::vector<std::int32_t> rows;
  /** Another one after every change. */
  std::uint64_t version = 0;
};

/** Rows in ranks: see trialforge/fronts.h. */
class Fronts {
 public:
  explicit Fronts(std::size_t n_objectives) : m_(n_objectives) {}

  std::size_t size() const { return numbers_.size(); }
  std::size_t n_objectives() const { return m_; }
  void add(double number, std::span<const double> losses);
  void best(std::span<std::int32_t> out);
  double cost(std::size_t n);

 private:
  std::size_t m_;
  std::vector<double> numbers_, losses_;
  std::vector<Front> fronts_;
  /** Rows behind the fronts that have been asked for. */
  std::vector<std::int32_t> rest_;
  /** The first of the rows that have yet to join. */
  std::size_t n_joined_ = 0;
  HypervolumeSelection selection_;
  /** Of the front that the selection knows; 0: none. */
  std::uint64_t selected_ = 0, n_versions_ = 0;
  /** Points of a front without copies, and their rows; and the rows of the copies. */
  Front distinct_;
  std::vector<std::int32_t> copies_;
  /** The last answer, and of how many rows it was the best. */
  std::vector<std::int32_t> best_;
  std::size_t best_of_ = 0;

  const double* losses_of(std::int32_t row) const {
    return losses_.data() + static_cast<std::size_t>(row) * m_;
  }
  bool comes_before(std::int32_t a, std::int32_t b) const;
  void join_all();
  void join(std::int32_t row);
  void peel();
  void append(Front& front, std::int32_t row);
  void merge(Front& front, std::span<const std::int32_t> rows);
  std::size_t position(const Front& front, const double* losses) const;
  std::size_t rank_of(const double* losses) const;
  bool has_better(const Front& front, const double* losses) const;
  void look_at(const Front& front);
  void take(const Front& front, std::size_t n);
};

}  // namespace trialforge::cpu
