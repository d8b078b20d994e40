#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "cpu/hypervolume_gains.h"

namespace trialforge::cpu {

/**
 * Points chosen one after the other, so that each adds most to the hypervolume below a point a
 * little worse than the worst of them, of equals the first (Guerreiro, Fonseca, Paquete: Greedy
 * hypervolume subset selection in low dimensions, 2016). What points that come and go do not change
 * of the sequence is kept.
 */
class HypervolumeSelection {
 public:
  /**
   * Looks at the points to choose from [n, m], in lexicographic order, none equal to another or
   * covered by it; `rows` tells which of the earlier ones they are. Quick.
   */
  void update(std::span<const double> points, std::span<const std::int32_t> rows);

  /** How many of `size` are yet to be chosen from the points of the last update. */
  std::size_t missing(std::size_t size) const;

  /** Adds the rows of the first `size` chosen, at most n, to `out`; points as in the last update.
   */
  void choose(std::span<const double> points, std::span<const std::int32_t> rows, std::size_t size,
              std::vector<std::int32_t>& out);

 private:
  struct Point {
    std::int32_t row;
    double bound;
    /** The step at which it was chosen. */
    std::int32_t step = -1;
    bool is_there = true;
  };
  struct Step {
    std::int32_t point;
    double gain;
  };

  std::vector<double> reference_;
  /** Whether all that is known is void. */
  bool is_void_ = true;
  bool is_finite_ = false;
  std::unique_ptr<Gains> gains_;
  std::vector<Point> points_;
  /** Those that are there, in lexicographic order. */
  std::vector<std::int32_t> order_;
  std::vector<Step> steps_;
  double covered_ = 0;
  /** Points that are not chosen, and some that are not there, as a heap. */
  std::vector<std::int32_t> waiting_;

  void start(std::span<const double> points, std::span<const std::int32_t> rows);
  std::int32_t add(const double* point, std::int32_t row);
  std::size_t entry(std::int32_t i, std::size_t end);
  void undo(std::size_t steps);
  void step();
  void take(std::int32_t i);
  bool comes_first(std::int32_t a, std::int32_t b) const;
  void push(std::int32_t i);
  bool has_ended() const;
};

}  // namespace trialforge::cpu
