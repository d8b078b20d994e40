#include "cpu/hypervolume_selection.h"

#include <algorithm>
#include <cmath>

namespace trialforge::cpu {
namespace {

/** A point a little worse than the worst in every objective. */
std::vector<double> reference_point(std::span<const double> points, std::size_t m) {
  std::vector<double> worst(points.begin(), points.begin() + static_cast<std::ptrdiff_t>(m));
  for (std::size_t at = 0; at < points.size(); at += m) {
    for (std::size_t k = 0; k < m; ++k) worst[k] = std::max(worst[k], points[at + k]);
  }
  for (double& x : worst) {
    x = std::max(1.1 * x, 0.9 * x);
    if (x == 0) x = 1e-12;
  }
  return worst;
}

}  // namespace

void HypervolumeSelection::update(std::span<const double> points,
                                  std::span<const std::int32_t> rows) {
  const std::size_t n = rows.size(), m = points.size() / n;
  const std::vector<double> reference = reference_point(points, m);
  is_void_ = is_void_ || reference != reference_ || !is_finite_ || has_ended();
  reference_ = reference;
  if (is_void_) return;
  std::vector<std::int32_t> order, added;
  std::size_t end = steps_.size(), removed = 0;
  auto old = order_.begin();
  const auto remove = [&](Point& point) {
    point.is_there = false;
    if (point.step >= 0) end = std::min(end, static_cast<std::size_t>(point.step));
    ++removed;
  };
  order.reserve(n);
  for (std::size_t j = 0; j < n; ++j) {
    const double* point = points.data() + j * m;
    while (old != order_.end() && points_[*old].row != rows[j] &&
           comes_before(gains_->point(*old), point, m)) {
      remove(points_[*old++]);
    }
    if (old != order_.end() && !comes_before(point, gains_->point(*old), m)) {
      // The same losses, if not the same row.
      points_[*old].row = rows[j];
      order.push_back(*old++);
    } else {
      added.push_back(static_cast<std::int32_t>(j));
      order.push_back(-1);
    }
  }
  while (old != order_.end()) remove(points_[*old++]);
  const bool is_other = 8 * (added.size() + removed) > n + 128;
  is_void_ = is_other || points_.size() + added.size() > 2 * n + 128;
  if (is_void_) return;
  for (std::int32_t& j : added) {
    const double* point = points.data() + static_cast<std::size_t>(j) * m;
    order[j] = add(point, rows[j]);
    j = order[j];
    is_void_ = !is_finite_;
    if (is_void_) return;
    end = entry(j, end);
  }
  order_ = std::move(order);
  if (end < steps_.size()) {
    undo(end);
  } else if (removed + added.size() > 0) {
    gains_->arrange(order_);
    for (const std::int32_t i : added) push(i);
  }
}

void HypervolumeSelection::start(std::span<const double> points,
                                 std::span<const std::int32_t> rows) {
  const std::size_t m = reference_.size();
  gains_ = make_gains(reference_);
  is_void_ = false;
  is_finite_ = true;
  points_.clear();
  order_.clear();
  for (std::size_t j = 0; j < rows.size(); ++j) {
    order_.push_back(add(points.data() + j * m, rows[j]));
  }
  steps_.clear();
  undo(0);
}

/** A point that is not chosen. */
std::int32_t HypervolumeSelection::add(const double* point, std::int32_t row) {
  const std::size_t i = points_.size();
  gains_->add(point);
  points_.push_back({.row = row, .bound = gains_->box(i)});
  is_finite_ = is_finite_ && std::isfinite(gains_->box(i));
  return static_cast<std::int32_t>(i);
}

/** The first of the steps before `end` at which point i would have been chosen, or `end`. */
std::size_t HypervolumeSelection::entry(std::int32_t i, std::size_t end) {
  const std::size_t m = reference_.size();
  for (std::size_t s = 0; s < end; ++s) {
    const Step& step = steps_[s];
    if (gains_->bound(i, s) < step.gain) continue;
    const double gain = gains_->gain(i);
    if (gain < step.gain) continue;
    if (gain > step.gain || comes_before(gains_->point(i), gains_->point(step.point), m)) return s;
  }
  points_[i].bound = gains_->bound(i, end);
  return end;
}

/** Keeps the first `steps`; all other points wait. */
void HypervolumeSelection::undo(std::size_t steps) {
  for (std::size_t s = steps; s < steps_.size(); ++s) points_[steps_[s].point].step = -1;
  steps_.resize(steps);
  covered_ = 0;
  for (const Step& step : steps_) covered_ += step.gain;
  gains_->undo(steps);
  gains_->arrange(order_);
  waiting_.clear();
  for (const std::int32_t i : order_) {
    if (points_[i].step >= 0) continue;
    points_[i].bound = gains_->bound(i, 0);
    waiting_.push_back(i);
  }
  std::ranges::make_heap(waiting_, [this](auto a, auto b) { return comes_first(b, a); });
}

bool HypervolumeSelection::comes_first(std::int32_t a, std::int32_t b) const {
  if (points_[a].bound != points_[b].bound) return points_[a].bound > points_[b].bound;
  return comes_before(gains_->point(a), gains_->point(b), reference_.size());
}

void HypervolumeSelection::push(std::int32_t i) {
  waiting_.push_back(i);
  std::ranges::push_heap(waiting_, [this](auto a, auto b) { return comes_first(b, a); });
}

/** Whether what is covered is endless or has no bounds, so that nothing adds to it. */
bool HypervolumeSelection::has_ended() const {
  if (!std::ranges::all_of(reference_, [](double x) { return std::isfinite(x); })) return true;
  return reference_.size() > 2 && covered_ == INFINITY;
}

std::size_t HypervolumeSelection::missing(std::size_t size) const {
  if (is_void_) return size;
  return has_ended() || size <= steps_.size() ? 0 : size - steps_.size();
}

void HypervolumeSelection::choose(std::span<const double> points,
                                  std::span<const std::int32_t> rows, std::size_t size,
                                  std::vector<std::int32_t>& out) {
  if (is_void_) start(points, rows);
  while (missing(size) > 0) step();
  std::size_t left = size;
  for (std::size_t s = 0; s < steps_.size() && left > 0; ++s, --left) {
    out.push_back(points_[steps_[s].point].row);
  }
  // Nothing adds to an endless volume: the first are as good as any.
  for (std::size_t k = 0; left > 0; ++k) {
    const Point& point = points_[order_[k]];
    if (point.step >= 0) continue;
    out.push_back(point.row);
    --left;
  }
}

void HypervolumeSelection::step() {
  const auto last = [this](auto a, auto b) { return comes_first(b, a); };
  for (;;) {
    std::ranges::pop_heap(waiting_, last);
    const std::int32_t i = waiting_.back();
    waiting_.pop_back();
    Point& point = points_[i];
    if (!point.is_there) continue;
    // What a point adds only shrinks, so what it once added is an upper bound.
    point.bound = gains_->bound(i, steps_.size());
    if (waiting_.empty() || !comes_first(waiting_.front(), i)) {
      point.bound = gains_->gain(i);
      if (waiting_.empty() || !comes_first(waiting_.front(), i)) {
        take(i);
        return;
      }
    }
    push(i);
  }
}

void HypervolumeSelection::take(std::int32_t i) {
  points_[i].step = static_cast<std::int32_t>(steps_.size());
  steps_.push_back({i, points_[i].bound});
  covered_ += points_[i].bound;
  gains_->choose(i);
}

}  // namespace trialforge::cpu
