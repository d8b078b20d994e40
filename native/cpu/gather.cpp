#include <algorithm>
#include <atomic>
#include <cstring>

#include "cpu/ops.h"
#include "cpu/partition.h"

namespace trialforge::cpu {
namespace {

constexpr std::int64_t kTaskElements = 32768;

/** Read once: the memory may be shared with others, who may change it after it was checked. */
std::int32_t read_once(const std::int32_t& value) {
  return std::atomic_ref<std::int32_t>(const_cast<std::int32_t&>(value))
      .load(std::memory_order_relaxed);
}

/** body(row) for all rows of y, which have `elements` each. */
template <typename Body>
void each_row(ThreadPool& pool, std::int64_t rows, std::int64_t elements, Body body) {
  const std::int64_t rows_of_task =
      std::max<std::int64_t>(kTaskElements / std::max<std::int64_t>(elements, 1), 1);
  pool.parallel_for(divide_up(rows, rows_of_task), [&](std::int64_t task, int) {
    body(task * rows_of_task, std::min(rows, (task + 1) * rows_of_task));
  });
}

template <typename T>
void gather_rows(const GatherShape& s, const T* x, const std::int32_t* indices, T* y,
                 std::int64_t begin, std::int64_t end) {
  const std::int64_t n = s.indices_per_batch, inner = s.inner;
  // Row k of slice [b, o] takes one of the slice's rows.
  std::int64_t k = begin % n, slice = begin / n;
  y += begin * inner;
  for (std::int64_t row = begin; row < end;) {
    const std::int32_t* const index = indices + slice / s.outer * n;
    const T* const from = x + slice * s.axis * inner;
    for (; k < n && row < end; ++k, ++row, y += inner) {
      const T* const source = from + std::clamp(read_once(index[k]), 0, s.axis - 1) * inner;
      if (inner >= 16) {
        std::memcpy(y, source, static_cast<std::size_t>(inner) * sizeof(T));
      } else {
        for (std::int64_t i = 0; i < inner; ++i) y[i] = source[i];
      }
    }
    k = 0;
    ++slice;
  }
}

template <typename T>
void one_hot_rows(ThreadPool& pool, int depth, T on, T off, std::span<const std::int32_t> indices,
                  T* y) {
  const auto rows = static_cast<std::int64_t>(indices.size());
  each_row(pool, rows, depth, [=](std::int64_t begin, std::int64_t end) {
    if (off == T{}) {
      std::memset(y + begin * depth, 0,
                  static_cast<std::size_t>((end - begin) * depth) * sizeof(T));
    } else {
      std::fill(y + begin * depth, y + end * depth, off);
    }
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int32_t at = read_once(indices[static_cast<std::size_t>(row)]);
      if (at >= 0 && at < depth) y[row * depth + at] = on;
    }
  });
}

}  // namespace

void gather(ThreadPool& pool, const GatherShape& s, std::size_t element_bytes, const void* x,
            const std::int32_t* indices, void* y) {
  if (s.y_size() == 0) return;
  const std::int64_t rows = static_cast<std::int64_t>(s.batch) * s.outer * s.indices_per_batch;
  each_row(pool, rows, s.inner, [&](std::int64_t begin, std::int64_t end) {
    if (element_bytes == 1) {
      gather_rows(s, static_cast<const std::uint8_t*>(x), indices, static_cast<std::uint8_t*>(y),
                  begin, end);
    } else {
      gather_rows(s, static_cast<const std::uint32_t*>(x), indices, static_cast<std::uint32_t*>(y),
                  begin, end);
    }
  });
}

void one_hot(ThreadPool& pool, int depth, double on, double off,
             std::span<const std::int32_t> indices, MutableTensorView y) {
  if (y.size == 0) return;
  switch (y.dtype) {
    case DType::float32:
      return one_hot_rows(pool, depth, static_cast<float>(on), static_cast<float>(off), indices,
                          y.as<float>());
    case DType::int32:
      return one_hot_rows(pool, depth, static_cast<std::int32_t>(on),
                          static_cast<std::int32_t>(off), indices, y.as<std::int32_t>());
    case DType::bool8:
      return one_hot_rows(pool, depth, static_cast<std::uint8_t>(on),
                          static_cast<std::uint8_t>(off), indices, y.as<std::uint8_t>());
  }
}

}  // namespace trialforge::cpu
