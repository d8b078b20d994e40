#include "cpu/fronts.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace trialforge::cpu {
namespace {

/** So many rows join one by one. */
constexpr std::size_t few_rows = 32;

/** What a cost may be, in nanoseconds, to be paid while it is asked for. */
constexpr double quick = 1e6;

}  // namespace

void Fronts::add(double number, std::span<const double> losses) {
  numbers_.push_back(number);
  losses_.insert(losses_.end(), losses.begin(), losses.end());
}

bool Fronts::comes_before(std::int32_t a, std::int32_t b) const {
  const double *x = losses_of(a), *y = losses_of(b);
  if (cpu::comes_before(x, y, m_)) return true;
  return !cpu::comes_before(y, x, m_) && numbers_[a] < numbers_[b];
}

void Fronts::append(Front& front, std::int32_t row) {
  front.losses.insert(front.losses.end(), losses_of(row), losses_of(row) + m_);
  front.rows.push_back(row);
}

/** Puts rows where they belong. */
void Fronts::merge(Front& front, std::span<const std::int32_t> rows) {
  front.version = ++n_versions_;
  for (const std::int32_t row : rows) {
    std::size_t at = position(front, losses_of(row));
    while (at < front.rows.size() && comes_before(front.rows[at], row)) ++at;
    front.losses.insert(front.losses.begin() + static_cast<std::ptrdiff_t>(at * m_), losses_of(row),
                        losses_of(row) + m_);
    front.rows.insert(front.rows.begin() + static_cast<std::ptrdiff_t>(at), row);
  }
}

/** How many members come before `losses`. */
std::size_t Fronts::position(const Front& front, const double* losses) const {
  std::size_t from = 0, to = front.rows.size();
  while (from < to) {
    const std::size_t half = (from + to) / 2;
    if (cpu::comes_before(front.losses.data() + half * m_, losses, m_)) {
      from = half + 1;
    } else {
      to = half;
    }
  }
  return from;
}

/** Whether a member of `front` dominates `losses`. */
bool Fronts::has_better(const Front& front, const double* losses) const {
  // Only those before it in lexicographic order can; of two objectives the nearest if any.
  std::size_t i = position(front, losses);
  const std::size_t last = m_ == 2 && i > 0 ? i - 1 : 0;
  while (i-- > last) {
    if (covers(front.losses.data() + i * m_, losses, m_)) return true;
  }
  return false;
}

/** The first front none of whose members dominates them; what no front dominates, no later one. */
std::size_t Fronts::rank_of(const double* losses) const {
  std::size_t from = 0, to = fronts_.size();
  while (from < to) {
    const std::size_t half = (from + to) / 2;
    if (has_better(fronts_[half], losses)) {
      from = half + 1;
    } else {
      to = half;
    }
  }
  return from;
}

void Fronts::join_all() {
  const std::size_t joining = size() - n_joined_;
  if (joining < few_rows || joining < size() / few_rows) {
    for (; n_joined_ < size(); ++n_joined_) join(static_cast<std::int32_t>(n_joined_));
    return;
  }
  fronts_.clear();
  rest_.resize(size());
  std::iota(rest_.begin(), rest_.end(), 0);
  n_joined_ = size();
}

void Fronts::join(std::int32_t row) {
  std::vector<std::int32_t> joining{row}, beaten;
  for (std::size_t rank = rank_of(losses_of(row)); !joining.empty(); ++rank) {
    if (rank == fronts_.size()) {
      rest_.insert(rest_.end(), joining.begin(), joining.end());
      return;
    }
    Front& front = fronts_[rank];
    beaten.clear();
    const std::size_t first = position(front, losses_of(joining.front()));
    std::size_t kept = first;
    for (std::size_t i = first; i < front.rows.size(); ++i) {
      const double* member = front.losses.data() + i * m_;
      const bool is_beaten = std::ranges::any_of(joining, [&](std::int32_t by) {
        return covers(losses_of(by), member, m_) && !covers(member, losses_of(by), m_);
      });
      if (is_beaten) {
        beaten.push_back(front.rows[i]);
      } else if (kept++ < i) {
        front.rows[kept - 1] = front.rows[i];
        std::copy_n(member, m_, front.losses.data() + (kept - 1) * m_);
      }
    }
    if (kept == 0) {
      // A whole front is pushed down, and with it all behind it.
      Front pushing;
      merge(pushing, joining);
      fronts_.insert(fronts_.begin() + static_cast<std::ptrdiff_t>(rank), std::move(pushing));
      return;
    }
    front.rows.resize(kept);
    front.losses.resize(kept * m_);
    merge(front, joining);
    std::swap(joining, beaten);
  }
}

/** Takes the next front out of the rest. */
void Fronts::peel() {
  const auto before = [this](auto a, auto b) { return comes_before(a, b); };
  if (!std::ranges::is_sorted(rest_, before)) std::ranges::sort(rest_, before);
  Front front;
  front.version = ++n_versions_;
  std::vector<std::int32_t> rest;
  for (const std::int32_t row : rest_) {
    if (has_better(front, losses_of(row))) {
      rest.push_back(row);
    } else {
      append(front, row);
    }
  }
  rest_ = std::move(rest);
  fronts_.push_back(std::move(front));
}

/** Has the selection look at the front, if it does not know it. */
void Fronts::look_at(const Front& front) {
  if (selected_ == front.version) return;
  selected_ = front.version;
  distinct_ = {};
  copies_.clear();
  const std::size_t n = front.rows.size();
  for (std::size_t i = 0; i < n; ++i) {
    const double* losses = front.losses.data() + i * m_;
    if (i > 0 && !cpu::comes_before(losses - m_, losses, m_)) {
      copies_.push_back(front.rows[i]);
    } else {
      append(distinct_, front.rows[i]);
    }
  }
  selection_.update(distinct_.losses, distinct_.rows);
}

void Fronts::best(std::span<std::int32_t> out) {
  if (best_.size() != out.size() || best_of_ != size()) {
    best_.clear();
    join_all();
    for (std::size_t rank = 0; best_.size() < out.size(); ++rank) {
      if (rank == fronts_.size()) peel();
      const std::size_t before = best_.size();
      take(fronts_[rank], out.size() - before);
      std::sort(best_.begin() + static_cast<std::ptrdiff_t>(before), best_.end(),
                [this](auto a, auto b) { return numbers_[a] < numbers_[b]; });
    }
    best_of_ = size();
  }
  std::ranges::copy(best_, out.begin());
}

/** Adds the `n` best of a front, or all, to the answer. */
void Fronts::take(const Front& front, std::size_t n) {
  if (front.rows.size() <= n) {
    best_.insert(best_.end(), front.rows.begin(), front.rows.end());
    return;
  }
  look_at(front);
  const std::size_t n_distinct = distinct_.rows.size();
  if (n_distinct > n) {
    selection_.choose(distinct_.losses, distinct_.rows, n, best_);
    return;
  }
  best_.insert(best_.end(), distinct_.rows.begin(), distinct_.rows.end());
  std::ranges::sort(copies_, [this](auto a, auto b) { return numbers_[a] < numbers_[b]; });
  best_.insert(best_.end(), copies_.begin(),
               copies_.begin() + static_cast<std::ptrdiff_t>(n - n_distinct));
}

double Fronts::cost(std::size_t n) {
  if (best_.size() == n && best_of_ == size()) return 0;
  const double rows = static_cast<double>(size()), m = static_cast<double>(m_);
  const double joining = static_cast<double>(size() - n_joined_);
  const double joins = std::min(joining * rows * m * 0.5, std::pow(rows, 1.5) * m);
  if (joins > quick) return joins;
  join_all();
  std::size_t left = std::min(n, size());
  for (std::size_t rank = 0; left > 0; ++rank) {
    if (rank == fronts_.size()) {
      const double peels = std::pow(static_cast<double>(rest_.size()), 1.5) * m;
      if (peels > quick) return peels;
      peel();
    }
    const Front& front = fronts_[rank];
    if (front.rows.size() > left) {
      look_at(front);
      if (distinct_.rows.size() <= left) return 0;
      return static_cast<double>(selection_.missing(left)) * 1e4;
    }
    left -= front.rows.size();
  }
  return 0;
}

}  // namespace trialforge::cpu
