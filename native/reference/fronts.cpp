#include "reference/fronts.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace trialforge::reference {
namespace {

using Row = std::span<const double>;

bool is_nowhere_worse(Row a, Row b) {
  for (std::size_t k = 0; k < a.size(); ++k) {
    if (a[k] > b[k]) return false;
  }
  return true;
}

bool dominates(Row a, Row b) { return is_nowhere_worse(a, b) && !is_nowhere_worse(b, a); }

/** What `rows` dominate from objective k on: slices between their values, the rest by recursion. */
double volume(const std::vector<Row>& rows, Row reference, std::size_t k) {
  if (rows.empty()) return 0;
  if (k == reference.size()) return 1;
  std::vector<double> cuts{reference[k]};
  for (const Row row : rows) cuts.push_back(row[k]);
  std::ranges::sort(cuts);
  double total = 0;
  for (std::size_t i = 0; i + 1 < cuts.size() && cuts[i] < reference[k]; ++i) {
    if (cuts[i] == cuts[i + 1]) continue;
    std::vector<Row> here;
    for (const Row row : rows) {
      if (row[k] <= cuts[i]) here.push_back(row);
    }
    total += (cuts[i + 1] - cuts[i]) * volume(here, reference, k + 1);
  }
  return total;
}

std::vector<Row> rows_of(std::span<const double> values, std::size_t m) {
  std::vector<Row> rows;
  for (std::size_t at = 0; at < values.size(); at += m) rows.push_back(values.subspan(at, m));
  return rows;
}

/** `size` of the positions in `front`, one after the other those that add most. */
std::vector<std::int32_t> select(const std::vector<Row>& rows, std::vector<std::int32_t> front,
                                 std::size_t size) {
  std::vector<double> reference;
  for (std::size_t k = 0; k < rows[0].size(); ++k) {
    double worst = -INFINITY;
    for (const std::int32_t i : front) worst = std::max(worst, rows[i][k]);
    reference.push_back(worst == 0 ? 1e-12 : std::max(1.1 * worst, 0.9 * worst));
  }
  std::ranges::sort(front, [&](auto a, auto b) {
    return std::ranges::lexicographical_compare(rows[a], rows[b]);
  });
  std::vector<std::int32_t> chosen;
  std::vector<Row> covering;
  while (chosen.size() < size) {
    double most = -1;
    std::int32_t best = -1;
    for (const std::int32_t i : front) {
      if (std::ranges::find(chosen, i) != chosen.end()) continue;
      std::vector<Row> with = covering;
      with.push_back(rows[i]);
      const double gain = volume(with, reference, 0);
      if (gain > most) most = gain, best = i;
    }
    chosen.push_back(best);
    covering.push_back(rows[best]);
  }
  return chosen;
}

}  // namespace

double hypervolume(std::span<const double> points, std::span<const double> reference) {
  return volume(rows_of(points, reference.size()), reference, 0);
}

std::vector<std::int32_t> best_rows(std::span<const double> losses, std::size_t n_objectives,
                                    std::size_t n) {
  const std::vector<Row> rows = rows_of(losses, n_objectives);
  std::vector<std::int32_t> left(rows.size()), best;
  std::iota(left.begin(), left.end(), 0);
  while (best.size() < n) {
    std::vector<std::int32_t> front, behind;
    for (const std::int32_t i : left) {
      const bool is_beaten =
          std::ranges::any_of(left, [&](auto j) { return dominates(rows[j], rows[i]); });
      (is_beaten ? behind : front).push_back(i);
    }
    if (front.size() > n - best.size()) front = select(rows, front, n - best.size());
    std::ranges::sort(front);
    best.insert(best.end(), front.begin(), front.end());
    left = behind;
  }
  return best;
}

}  // namespace trialforge::reference
