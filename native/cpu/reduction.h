// What the kernels of the reductions and their callers agree on: what nothing reduces to, and how
// two results become one. float32 accumulates in double, int32 and bool8 in int32. Everything is
// static: each instruction set has its own.
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

#include "trialforge/reduce.h"

namespace trialforge::cpu {

template <typename A>
static constexpr A lowest_of() {
  if constexpr (std::is_floating_point_v<A>) return -std::numeric_limits<A>::infinity();
  return std::numeric_limits<A>::lowest();
}

template <typename A>
static constexpr A highest_of() {
  if constexpr (std::is_floating_point_v<A>) return std::numeric_limits<A>::infinity();
  return std::numeric_limits<A>::max();
}

/** What a reduction of nothing gives; the sum for a mean. */
template <typename A>
static constexpr A identity_of(ReduceOp op) {
  switch (op) {
    case ReduceOp::max:
      return lowest_of<A>();
    case ReduceOp::min:
      return highest_of<A>();
    case ReduceOp::prod:
    case ReduceOp::all:
      return 1;
    default:
      return 0;
  }
}

/** Integers wrap; NaN wins. */
template <typename A>
static inline A combined(ReduceOp op, A a, A b) {
  switch (op) {
    case ReduceOp::max:
      return !(b <= a) && a == a ? b : a;
    case ReduceOp::min:
      return !(b >= a) && a == a ? b : a;
    case ReduceOp::all:
      return a != 0 && b != 0 ? 1 : 0;
    case ReduceOp::any:
      return a != 0 || b != 0 ? 1 : 0;
    default:
      break;
  }
  if constexpr (std::is_same_v<A, std::int32_t>) {
    const auto u = static_cast<std::uint32_t>(a), v = static_cast<std::uint32_t>(b);
    return static_cast<std::int32_t>(op == ReduceOp::prod ? u * v : u + v);
  } else {
    return op == ReduceOp::prod ? a * b : a + b;
  }
}

}  // namespace trialforge::cpu
