#include "cpu/hypervolume.h"

#include <algorithm>
#include <cmath>

namespace trialforge::cpu {
namespace {

/**
 * Lets the row behind the first `size`, of which none covers another, join them unless it is
 * covered; those that it covers go. Returns how many there are then.
 */
std::size_t settle(double* rows, std::size_t size, std::size_t m) {
  const double* last = rows + size * m;
  for (std::size_t i = 0; i < size; ++i) {
    if (covers(rows + i * m, last, m)) return size;
  }
  double* to = rows;
  for (const double* row = rows; row <= last; row += m) {
    if (row < last && covers(last, row, m)) continue;
    if (to < row) std::copy_n(row, m, to);
    to += m;
  }
  return static_cast<std::size_t>(to - rows) / m;
}

}  // namespace

/** What the first of `rows` dominates and the others do not. M: objectives, 0: any number. */
template <std::size_t M>
double Volumes::exclusive(const double* rows, std::size_t count, std::size_t depth) {
  const std::size_t m = M > 0 ? M : reference_.size();
  const double inclusive = shared(rows, rows, m);
  if (inclusive == INFINITY || count == 1) return inclusive;
  if (count == 2) return inclusive - shared(rows, rows + m, m);
  if (scratch_.size() == depth) scratch_.emplace_back();
  if (scratch_[depth].size() < count * m) scratch_[depth].resize(2 * count * m);
  double* front = scratch_[depth].data();
  std::size_t size = 0;
  for (std::size_t j = 1; j < count; ++j) {
    const double* other = rows + j * m;
    double* corner = front + size * m;
    for (std::size_t k = 0; k < m; ++k) corner[k] = other[k] > rows[k] ? other[k] : rows[k];
    size = settle(front, size, m);
  }
  return inclusive - dominated<M>(front, size, depth + 1);
}

template <std::size_t M>
double Volumes::dominated(const double* rows, std::size_t count, std::size_t depth) {
  const std::size_t m = M > 0 ? M : reference_.size();
  double volume = 0;
  for (std::size_t i = 0; i < count; ++i) volume += exclusive<M>(rows + i * m, count - i, depth);
  return volume;
}

double Volumes::dominated(const double* rows, std::size_t count) {
  switch (reference_.size()) {
    case 3:
      return dominated<3>(rows, count, 0);
    case 4:
      return dominated<4>(rows, count, 0);
    default:
      return dominated<0>(rows, count, 0);
  }
}

}  // namespace trialforge::cpu
