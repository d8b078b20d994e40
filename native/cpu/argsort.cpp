#include "cpu/argsort.h"

#include <bit>
#include <numeric>
#include <utility>
#include <vector>

namespace trialforge::cpu {
namespace {

/** Runs of at most this many elements more than one are sorted by insertion. */
constexpr std::ptrdiff_t small_run = 15;

struct Run {
  std::ptrdiff_t left, right;
  int depth;  // partitions that may follow before heapsort takes over
};

void heapsort(std::span<const double> v, std::int32_t* order, std::ptrdiff_t n) {
  const auto sink = [&](std::int32_t moved, std::ptrdiff_t parent, std::ptrdiff_t size) {
    for (std::ptrdiff_t child = 2 * parent + 1; child < size; child = 2 * parent + 1) {
      if (child + 1 < size && v[order[child]] < v[order[child + 1]]) ++child;
      if (!(v[moved] < v[order[child]])) break;
      order[parent] = order[child];
      parent = child;
    }
    order[parent] = moved;
  };
  for (std::ptrdiff_t i = n / 2 - 1; i >= 0; --i) sink(order[i], i, n);
  for (std::ptrdiff_t last = n - 1; last > 0; --last) {
    const std::int32_t moved = order[last];
    order[last] = order[0];
    sink(moved, 0, last);
  }
}

/** Hoare's partition around the median of the first, middle and last; returns where it ended up. */
std::ptrdiff_t partition(std::span<const double> v, std::int32_t* order, std::ptrdiff_t left,
                         std::ptrdiff_t right) {
  const std::ptrdiff_t middle = left + (right - left) / 2;
  if (v[order[middle]] < v[order[left]]) std::swap(order[middle], order[left]);
  if (v[order[right]] < v[order[middle]]) std::swap(order[right], order[middle]);
  if (v[order[middle]] < v[order[left]]) std::swap(order[middle], order[left]);
  const double pivot = v[order[middle]];
  std::ptrdiff_t i = left, j = right - 1;
  std::swap(order[middle], order[j]);
  for (;;) {
    do ++i;
    while (v[order[i]] < pivot);
    do --j;
    while (pivot < v[order[j]]);
    if (i >= j) break;
    std::swap(order[i], order[j]);
  }
  std::swap(order[i], order[right - 1]);
  return i;
}

void insertion_sort(std::span<const double> v, std::int32_t* order, std::ptrdiff_t left,
                    std::ptrdiff_t right) {
  for (std::ptrdiff_t i = left + 1; i <= right; ++i) {
    const std::int32_t moved = order[i];
    std::ptrdiff_t j = i;
    for (; j > left && v[moved] < v[order[j - 1]]; --j) order[j] = order[j - 1];
    order[j] = moved;
  }
}

}  // namespace

void numpy_argsort(std::span<const double> values, std::span<std::int32_t> order) {
  std::iota(order.begin(), order.end(), 0);
  const auto n = static_cast<std::ptrdiff_t>(values.size());
  if (n < 2) return;
  std::vector<Run> pending{{0, n - 1, 2 * (static_cast<int>(std::bit_width(values.size())) - 1)}};
  while (!pending.empty()) {
    auto [left, right, depth] = pending.back();
    pending.pop_back();
    if (depth < 0) {
      heapsort(values, order.data() + left, right - left + 1);
      continue;
    }
    while (right - left > small_run) {
      const std::ptrdiff_t middle = partition(values, order.data(), left, right);
      --depth;
      if (middle - left < right - middle) {
        pending.push_back({middle + 1, right, depth});
        right = middle - 1;
      } else {
        pending.push_back({left, middle - 1, depth});
        left = middle + 1;
      }
    }
    insertion_sort(values, order.data(), left, right);
  }
}

}  // namespace trialforge::cpu
