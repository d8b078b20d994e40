#include "cpu/hypervolume_gains.h"

#include <algorithm>
#include <cmath>

namespace trialforge::cpu {

void Gains::add(const double* point) {
  points_.insert(points_.end(), point, point + volumes_.n_objectives());
  boxes_.push_back(volumes_.box(point));
}

void Gains::choose(std::size_t i) {
  chosen_.push_back(i);
  chosen_points_.insert(chosen_points_.end(), point(i), point(i) + volumes_.n_objectives());
}

void Gains::undo(std::size_t steps) {
  chosen_.resize(steps);
  chosen_points_.resize(steps * volumes_.n_objectives());
}

namespace {

/** Two objectives: what a point adds is the rectangle up to the nearest chosen ones. */
class PlanarGains : public Gains {
 public:
  explicit PlanarGains(std::span<const double> reference) : Gains(reference) {}

  void add(const double* point) override {
    Gains::add(point);
    right_.push_back(volumes_.reference()[0]);
    top_.push_back(volumes_.reference()[1]);
    seen_.push_back(0);
    position_.push_back(0);
    is_chosen_.push_back(false);
  }

  void choose(std::size_t i) override {
    Gains::choose(i);
    is_chosen_[i] = true;
    const double x = point(i)[0], y = point(i)[1];
    // Beyond the nearest chosen ones, rectangles end before they reach this point.
    for (std::size_t k = position_[i]; k-- > 0 && !is_chosen_[order_[k]];) {
      right_[order_[k]] = std::min(right_[order_[k]], x);
    }
    for (std::size_t k = position_[i] + 1; k < order_.size() && !is_chosen_[order_[k]]; ++k) {
      top_[order_[k]] = std::min(top_[order_[k]], y);
    }
  }

  void undo(std::size_t steps) override {
    for (std::size_t k = steps; k < chosen_.size(); ++k) is_chosen_[chosen_[k]] = false;
    Gains::undo(steps);
  }

  void arrange(std::span<const std::int32_t> order) override {
    order_.assign(order.begin(), order.end());
    limit();
  }

  double bound(std::size_t i, std::size_t steps) override {
    for (; seen_[i] < steps; ++seen_[i]) {
      const double* other = chosen_points_.data() + 2 * seen_[i];
      const bool after = other[0] > point(i)[0];
      double& limit = after ? right_[i] : top_[i];
      limit = std::min(limit, after ? other[0] : other[1]);
    }
    return gain(i);
  }
  double gain(std::size_t i) override {
    return (right_[i] - point(i)[0]) * (top_[i] - point(i)[1]);
  }

 private:
  /** Seen by those that `choose` keeps up to date. */
  static constexpr std::size_t all = SIZE_MAX;

  /** Where the rectangles of points up to the nearest chosen ones end. */
  std::vector<double> right_, top_;
  /** How many of the chosen ones these limits know of. */
  std::vector<std::size_t> seen_, position_;
  std::vector<std::int32_t> order_;
  std::vector<char> is_chosen_;

  void limit() {
    double top = volumes_.reference()[1], right = volumes_.reference()[0];
    for (std::size_t k = 0; k < order_.size(); ++k) {
      const std::size_t i = order_[k];
      position_[i] = k;
      seen_[i] = all;
      top_[i] = top;
      if (is_chosen_[i]) top = point(i)[1];
    }
    for (std::size_t k = order_.size(); k-- > 0;) {
      const std::size_t i = order_[k];
      right_[i] = right;
      if (is_chosen_[i]) right = point(i)[0];
    }
  }
};

/** What rounding may add to a gain, as a part of the volume of the point's box. */
constexpr double rounding = 1e-10;

/**
 * Any number of objectives. What limits the volume that a point would add are corners, at which its
 * box meets those of chosen ones.
 */
class CornerGains : public Gains {
 public:
  explicit CornerGains(std::span<const double> reference)
      : Gains(reference), top_(reference.size()) {}

  void add(const double* point) override {
    Gains::add(point);
    candidates_.push_back({.upper = boxes_.back()});
  }

  void undo(std::size_t steps) override {
    Gains::undo(steps);
    for (std::size_t i = 0; i < candidates_.size(); ++i) candidates_[i].undo(steps, boxes_[i]);
  }

  double bound(std::size_t i, std::size_t steps) override {
    Candidate& candidate = candidates_[i];
    for (; candidate.seen < steps; ++candidate.seen) {
      if (!meet(i, candidate)) continue;
      candidate.is_exact = false;
      candidate.upper = std::min(candidate.upper, boxes_[i] - volumes_.box(top_.data()));
    }
    return candidate.is_exact ? candidate.upper : candidate.upper + rounding * boxes_[i];
  }

  double gain(std::size_t i) override {
    Candidate& candidate = candidates_[i];
    if (candidate.is_exact) return candidate.upper;
    const std::size_t m = top_.size();
    corners_.clear();
    for (const Corner& corner : candidate.corners) {
      if (corner.died != never) continue;
      const double* other = chosen_points_.data() + corner.born * m;
      for (std::size_t k = 0; k < m; ++k) corners_.push_back(std::max(point(i)[k], other[k]));
    }
    candidate.upper = boxes_[i] - volumes_.dominated(corners_.data(), corners_.size() / m);
    candidate.is_exact = true;
    candidate.gains.push_back({candidate.seen, candidate.upper});
    return candidate.upper;
  }

 private:
  static constexpr std::uint32_t never = UINT32_MAX;

  /** Made by one step, until another one's covers it. */
  struct Corner {
    std::uint32_t born, died = never;
  };
  /** What a candidate added to the first `steps` chosen. */
  struct Known {
    std::uint32_t steps;
    double gain;
  };
  struct Candidate {
    double upper;
    /** How many of the chosen ones are among the corners. */
    std::uint32_t seen = 0;
    bool is_exact = true;
    std::vector<Corner> corners;
    std::vector<Known> gains;

    void undo(std::size_t steps, double box) {
      if (seen <= steps) return;
      seen = static_cast<std::uint32_t>(steps);
      while (!corners.empty() && corners.back().born >= steps) corners.pop_back();
      for (Corner& corner : corners) {
        if (corner.died >= steps) corner.died = never;
      }
      while (!gains.empty() && gains.back().steps > steps) gains.pop_back();
      upper = gains.empty() ? box : gains.back().gain;
      is_exact = corners.empty() || (!gains.empty() && corners.back().born < gains.back().steps);
    }
  };

  std::vector<Candidate> candidates_;
  std::vector<double> top_, corners_;

  /** Whether the next chosen one makes a corner with candidate i; leaves it in top_. */
  bool meet(std::size_t i, Candidate& candidate) {
    const std::size_t m = top_.size();
    const double* own = point(i);
    const double* other = chosen_points_.data() + candidate.seen * m;
    for (std::size_t k = 0; k < m; ++k) top_[k] = std::max(own[k], other[k]);
    // A corner is covered by another whose chosen point is nowhere beyond it.
    for (const Corner& corner : candidate.corners) {
      if (covers(chosen_points_.data() + corner.born * m, top_.data(), m)) return false;
    }
    for (Corner& corner : candidate.corners) {
      if (corner.died != never) continue;
      const double* before = chosen_points_.data() + corner.born * m;
      bool covered = true;
      for (std::size_t k = 0; k < m; ++k) covered &= top_[k] <= std::max(own[k], before[k]);
      if (covered) corner.died = candidate.seen;
    }
    candidate.corners.push_back({candidate.seen});
    return true;
  }
};

}  // namespace

std::unique_ptr<Gains> make_gains(std::span<const double> reference) {
  if (reference.size() == 2) return std::make_unique<PlanarGains>(reference);
  return std::make_unique<CornerGains>(reference);
}

}  // namespace trialforge::cpu
