#include <algorithm>
#include <array>
#include <cstring>

#include "cpu/kernels/kernels.h"
#include "cpu/ops.h"
#include "cpu/partition.h"

namespace trialforge::cpu {
namespace {

constexpr std::int64_t kChunk = 16384;  // elements a task: three times that fits the second cache

const std::byte* at(const void* x, DType type, std::ptrdiff_t element) {
  return static_cast<const std::byte*>(x) + element * static_cast<std::ptrdiff_t>(bytes_of(type));
}
std::byte* at(void* x, DType type, std::ptrdiff_t element) {
  return static_cast<std::byte*>(x) + element * static_cast<std::ptrdiff_t>(bytes_of(type));
}

/**
 * Whether what an operation reads and writes is more than a cache would keep for the next one: then
 * its result is better written past them, which spares reading the memory first.
 */
bool is_past_caches(std::size_t bytes) { return bytes >= std::size_t{24} << 20; }

/** Calls body(begin, count) for the chunks of [0, n). */
template <typename Body>
void each_chunk(ThreadPool& pool, std::size_t n, Body body) {
  pool.parallel_for(divide_up(static_cast<std::int64_t>(n), kChunk), [&](std::int64_t task, int) {
    const std::ptrdiff_t begin = task * kChunk;
    body(begin, std::min<std::size_t>(kChunk, n - static_cast<std::size_t>(begin)));
  });
}

/** Neighbouring axes along which the same operands advance, as one. A stride of 0 repeats. */
struct Axis {
  std::int64_t size = 1;
  std::ptrdiff_t a = 0, b = 0;
};

/** The axes of a result, the innermost first. */
class Axes {
 public:
  Axes(std::span<const int> a_shape, std::span<const int> b_shape) {
    const std::size_t rank = std::max(a_shape.size(), b_shape.size());
    std::ptrdiff_t a_stride = 1, b_stride = 1;
    for (std::size_t i = 0; i < rank; ++i) {
      const int a = i < a_shape.size() ? a_shape[a_shape.size() - 1 - i] : 1;
      const int b = i < b_shape.size() ? b_shape[b_shape.size() - 1 - i] : 1;
      if (a == 1 && b == 1) continue;
      add({std::max(a, b), a == 1 ? 0 : a_stride, b == 1 ? 0 : b_stride});
      a_stride *= a;
      b_stride *= b;
    }
  }

  const Axis& operator[](int i) const noexcept { return axes_[static_cast<std::size_t>(i)]; }

  /** The rows, that is the elements of all axes but the innermost. */
  std::int64_t rows() const noexcept {
    std::int64_t n = 1;
    for (int i = 1; i < n_; ++i) n *= axes_[static_cast<std::size_t>(i)].size;
    return n;
  }

  /** Where row `index` begins. */
  Axis row(std::int64_t index) const noexcept {
    Axis begin;
    for (int i = 1; i < n_; ++i) {
      const Axis& axis = axes_[static_cast<std::size_t>(i)];
      begin.a += index % axis.size * axis.a;
      begin.b += index % axis.size * axis.b;
      index /= axis.size;
    }
    return begin;
  }

 private:
  void add(const Axis& axis) noexcept {
    if (n_ > 0) {
      Axis& last = axes_[static_cast<std::size_t>(n_ - 1)];
      if ((last.a == 0) == (axis.a == 0) && (last.b == 0) == (axis.b == 0)) {
        last.size *= axis.size;
        return;
      }
    }
    axes_[static_cast<std::size_t>(n_++)] = axis;
  }

  std::array<Axis, max_broadcast_rank> axes_ = {};
  int n_ = 0;
};

/**
 * Rows too short for the vectors, where one operand is the same row every time (a bias of few
 * channels): many of them are one row against a repetition of that operand.
 */
void binary_short_rows(BinaryOp op, DType type, DType result, const BinaryRows& p, bool repeat_a) {
  constexpr std::ptrdiff_t kRepeated = 1024;
  alignas(64) std::byte repeated[kRepeated * sizeof(float)];
  const std::ptrdiff_t repeats = kRepeated / p.columns, columns = repeats * p.columns;
  const std::size_t row_bytes = static_cast<std::size_t>(p.columns) * bytes_of(type);
  for (std::ptrdiff_t i = 0; i < std::min(repeats, p.rows); ++i) {
    std::memcpy(repeated + i * static_cast<std::ptrdiff_t>(row_bytes), repeat_a ? p.a : p.b,
                row_bytes);
  }
  BinaryRows whole = p;
  (repeat_a ? whole.a : whole.b) = repeated;
  (repeat_a ? whole.b_row : whole.a_row) = columns;
  whole.rows = p.rows / repeats;
  whole.columns = columns;
  if (whole.rows > 0) kernels().binary(op, type, whole);
  BinaryRows rest = whole;
  const void*& other = repeat_a ? rest.b : rest.a;
  other = at(other, type, whole.rows * columns);
  rest.y = at(p.y, result, whole.rows * columns);
  rest.rows = 1;
  rest.columns = p.rows * p.columns - whole.rows * columns;
  if (rest.columns > 0) kernels().binary(op, type, rest);
}

void binary_rows(BinaryOp op, DType type, DType result, const BinaryRows& p) {
  constexpr std::ptrdiff_t kShort = 256, kMany = 4;
  if (p.columns < kShort && p.rows > kMany && !p.a_is_column && !p.b_is_column) {
    if (p.b_row == 0 && p.a_row == p.columns) {
      return binary_short_rows(op, type, result, p, false);
    }
    if (p.a_row == 0 && p.b_row == p.columns) {
      return binary_short_rows(op, type, result, p, true);
    }
  }
  BinaryRows rows = p;
  rows.past_caches =
      p.past_caches && p.columns >= kShort;  // each row begins in the midst of a line
  kernels().binary(op, type, rows);
}

}  // namespace

void unary(ThreadPool& pool, UnaryOp op, DType type, const UnaryParameters& parameters,
           const void* x, void* y, std::size_t n) {
  const bool tests = op == UnaryOp::is_finite || op == UnaryOp::is_inf || op == UnaryOp::is_nan;
  const DType result = tests ? DType::bool8 : type;
  const bool past_caches = is_past_caches(n * (bytes_of(type) + bytes_of(result)));
  each_chunk(pool, n, [&](std::ptrdiff_t begin, std::size_t count) {
    kernels().unary(op, type, parameters, at(x, type, begin), at(y, result, begin), count,
                    past_caches);
  });
}

void binary(ThreadPool& pool, BinaryOp op, DType type, std::span<const int> a_shape,
            std::span<const int> b_shape, const void* a, const void* b, void* y) {
  const bool compares = op >= BinaryOp::equal && op <= BinaryOp::greater_equal;
  const DType result = compares ? DType::bool8 : type;
  const Axes axes(a_shape, b_shape);
  const Axis inner = axes[0], outer = axes[1];
  const std::int64_t columns = inner.size, rows = axes.rows();
  const std::int64_t pieces = divide_up(columns, kChunk);  // of a row
  const std::int64_t together = std::max<std::int64_t>(1, kChunk / columns);
  const bool past_caches = is_past_caches(static_cast<std::size_t>(rows * columns) *
                                          (bytes_of(type) + bytes_of(result)));
  const std::int64_t block = std::max<std::int64_t>(1, outer.size);
  pool.parallel_for(divide_up(rows, together) * pieces, [&](std::int64_t task, int) {
    const std::int64_t column = task % pieces * kChunk;
    const std::int64_t end = std::min(rows, (task / pieces + 1) * together);
    // Rows of the same block are evenly spaced.
    for (std::int64_t row = task / pieces * together; row < end;) {
      const std::int64_t next = std::min(end, (row / block + 1) * block);
      const Axis begin = axes.row(row);
      binary_rows(op, type, result,
                  {.a = at(a, type, begin.a + (inner.a == 0 ? 0 : column)),
                   .b = at(b, type, begin.b + (inner.b == 0 ? 0 : column)),
                   .a_row = outer.a,
                   .b_row = outer.b,
                   .a_is_column = columns > 1 && inner.a == 0,
                   .b_is_column = columns > 1 && inner.b == 0,
                   .y = at(y, result, row * columns + column),
                   .rows = next - row,
                   .columns = std::min(kChunk, columns - column),
                   .past_caches = past_caches});
      row = next;
    }
  });
}

void select(ThreadPool& pool, const std::uint8_t* condition, std::size_t conditions, DType type,
            const void* a, const void* b, void* y, std::size_t n) {
  if (conditions == n) {
    each_chunk(pool, n, [&](std::ptrdiff_t begin, std::size_t count) {
      kernels().select(condition + begin, type, at(a, type, begin), at(b, type, begin),
                       at(y, type, begin), count);
    });
    return;
  }
  const std::int64_t columns = static_cast<std::int64_t>(n / conditions);
  const std::int64_t rows = static_cast<std::int64_t>(conditions);
  const std::int64_t together = std::max<std::int64_t>(1, kChunk / columns);
  pool.parallel_for(divide_up(rows, together), [&](std::int64_t task, int) {
    for (std::int64_t row = task * together; row < std::min(rows, (task + 1) * together); ++row) {
      const void* chosen = at(condition[row] != 0 ? a : b, type, row * columns);
      void* to = at(y, type, row * columns);
      if (to != chosen) std::memcpy(to, chosen, static_cast<std::size_t>(columns) * bytes_of(type));
    }
  });
}

void cast(ThreadPool& pool, DType from, const void* x, DType to, void* y, std::size_t n) {
  each_chunk(pool, n, [&](std::ptrdiff_t begin, std::size_t count) {
    kernels().cast(from, at(x, from, begin), to, at(y, to, begin), count);
  });
}

}  // namespace trialforge::cpu
