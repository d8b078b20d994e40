#include "cpu/argsort.h"

#include <bit>
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

/** A value where it is compared, so that it need not be looked up. */
struct Item {
  double value;
  std::int32_t index;
};

void heapsort(Item* items, std::ptrdiff_t n) {
  const auto sink = [&](Item moved, std::ptrdiff_t parent, std::ptrdiff_t size) {
    for (std::ptrdiff_t child = 2 * parent + 1; child < size; child = 2 * parent + 1) {
      if (child + 1 < size && items[child].value < items[child + 1].value) ++child;
      if (!(moved.value < items[child].value)) break;
      items[parent] = items[child];
      parent = child;
    }
    items[parent] = moved;
  };
  for (std::ptrdiff_t i = n / 2 - 1; i >= 0; --i) sink(items[i], i, n);
  for (std::ptrdiff_t last = n - 1; last > 0; --last) {
    const Item moved = items[last];
    items[last] = items[0];
    sink(moved, 0, last);
  }
}

/** Hoare's partition around the median of the first, middle and last; returns where it ended up. */
std::ptrdiff_t partition(Item* items, std::ptrdiff_t left, std::ptrdiff_t right) {
  const std::ptrdiff_t middle = left + (right - left) / 2;
  if (items[middle].value < items[left].value) std::swap(items[middle], items[left]);
  if (items[right].value < items[middle].value) std::swap(items[right], items[middle]);
  if (items[middle].value < items[left].value) std::swap(items[middle], items[left]);
  const double pivot = items[middle].value;
  std::ptrdiff_t i = left, j = right - 1;
  std::swap(items[middle], items[j]);
  for (;;) {
    do ++i;
    while (items[i].value < pivot);
    do --j;
    while (pivot < items[j].value);
    if (i >= j) break;
    std::swap(items[i], items[j]);
  }
  std::swap(items[i], items[right - 1]);
  return i;
}

void insertion_sort(Item* items, std::ptrdiff_t left, std::ptrdiff_t right) {
  for (std::ptrdiff_t i = left + 1; i <= right; ++i) {
    const Item moved = items[i];
    std::ptrdiff_t j = i;
    for (; j > left && moved.value < items[j - 1].value; --j) items[j] = items[j - 1];
    items[j] = moved;
  }
}

}  // namespace

void numpy_argsort(std::span<const double> values, std::span<std::int32_t> order) {
  const auto n = static_cast<std::ptrdiff_t>(values.size());
  std::vector<Item> items(values.size());
  for (std::ptrdiff_t i = 0; i < n; ++i) items[i] = {values[i], static_cast<std::int32_t>(i)};
  std::vector<Run> pending{{0, n - 1, 2 * (static_cast<int>(std::bit_width(values.size())) - 1)}};
  while (!pending.empty()) {
    auto [left, right, depth] = pending.back();
    pending.pop_back();
    if (depth < 0) {
      heapsort(items.data() + left, right - left + 1);
      continue;
    }
    while (right - left > small_run) {
      const std::ptrdiff_t middle = partition(items.data(), left, right);
      --depth;
      if (middle - left < right - middle) {
        pending.push_back({middle + 1, right, depth});
        right = middle - 1;
      } else {
        pending.push_back({left, middle - 1, depth});
        left = middle + 1;
      }
    }
    insertion_sort(items.data(), left, right);
  }
  for (std::ptrdiff_t i = 0; i < n; ++i) order[i] = items[i].index;
}

}  // namespace trialforge::cpu
