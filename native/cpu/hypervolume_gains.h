// What candidates would add to the volume of those chosen, kept up to date while choices are made
// and taken back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "cpu/hypervolume.h"

namespace trialforge::cpu {

/**
 * Candidates 0, 1, 2, ... and the sequence of those chosen among them. None covers another. A gain
 * is a function of the sequence alone, rounding included, whatever was asked and taken back before.
 */
class Gains {
 public:
  virtual ~Gains() = default;

  /** One more candidate. */
  virtual void add(const double* point);
  const double* point(std::size_t i) const { return points_.data() + i * volumes_.n_objectives(); }
  /** What candidate i adds to nothing. */
  double box(std::size_t i) const { return boxes_[i]; }

  virtual void choose(std::size_t i);
  /** Takes back all choices but the first `steps`. */
  virtual void undo(std::size_t steps);
  /** The candidates that count, in lexicographic order; after `add` and `undo`. */
  virtual void arrange(std::span<const std::int32_t>) {}

  /** At least what candidate i adds to the first `steps` chosen, or to more if it has met them. */
  virtual double bound(std::size_t i, std::size_t steps) = 0;
  /** What candidate i adds to the chosen ones of the last `bound`. */
  virtual double gain(std::size_t i) = 0;

 protected:
  explicit Gains(std::span<const double> reference) : volumes_(reference) {}

  Volumes volumes_;
  std::vector<double> points_, boxes_;
  std::vector<std::size_t> chosen_;
  /** Points of the chosen ones, one after the other. */
  std::vector<double> chosen_points_;
};

std::unique_ptr<Gains> make_gains(std::span<const double> reference);

}  // namespace trialforge::cpu
