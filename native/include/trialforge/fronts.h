// Non-dominated fronts of losses, and the best of them, for searches with several objectives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace trialforge {

/**
 * Rows of losses, all of which are to be small, in ranks: the first front has those that none
 * dominates, the next those that only the first front dominates, and so on. A row that joins moves
 * only those that it pushes down (Li, Deb, Zhang, Zhang: Efficient nondomination level update
 * method for steady-state evolutionary multiobjective optimization, 2017). One thread at a time.
 */
class Fronts {
 public:
  /** Throws ErrorCode::invalid_argument unless there are 2 or more objectives. */
  explicit Fronts(std::size_t n_objectives);
  ~Fronts();
  Fronts(Fronts&&) noexcept;
  Fronts& operator=(Fronts&&) noexcept;

  /**
   * Adds rows, which are counted 0, 1, 2, ... from the first one on. Numbers are unique and
   * finite. Throws ErrorCode::invalid_argument, before anything changes, for NaN.
   */
  void add(std::span<const double> numbers, std::span<const double> losses /* [n, m] */);

  std::size_t size() const noexcept;

  /**
   * The best rows, as many as fit `out`, at most all: whole ranks as far as they fit, of the next
   * those that cover the largest hypervolume below a point a little worse than its worst. Chosen
   * one after the other so that each adds most; of equal ones the first in lexicographic order;
   * copies last. By rank, then by number.
   */
  void best(std::span<std::int32_t> out);

  /**
   * About how long best(n) would take now, in nanoseconds; the same for the same calls before.
   * May do the part of its work that is quick.
   */
  double cost(std::size_t n);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/** The volume that points [n, m] dominate below `reference` [m]. */
double hypervolume(std::span<const double> points, std::span<const double> reference);

}  // namespace trialforge
