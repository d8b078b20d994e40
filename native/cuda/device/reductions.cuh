// What tensors are reduced by. A thread takes `reduction_batch` elements at a time, which become
// one partial result, and combines partial results. A reduction has
//   Element, Partial, Result: what it reads, adds up in, and gives
//   neutral(): an element that changes nothing, to fill up a batch; identity(): the same as Partial
//   of(batch, row, step): the elements of rows row, row + step, ... as one
//   combine(a, b): commutative
//   result(total, count): `count` is the number of elements for a mean, else 1
#pragma once

#include <cstdint>

#include "cuda/device/binary_functions.cuh"
#include "cuda/device/reduce.cuh"

namespace trialforge::cuda::device {

constexpr int reduction_batch = 8;

template <typename T>
__device__ __forceinline__ T lowest() {
  if constexpr (T(0.5) != 0) return -INFINITY;
  return INT32_MIN;
}

template <typename T>
__device__ __forceinline__ T highest() {
  if constexpr (T(0.5) != 0) return INFINITY;
  return INT32_MAX;
}

template <typename T>
__device__ __forceinline__ T from_lane(T value, unsigned bits) {
  return __shfl_xor_sync(full_mask, value, static_cast<int>(bits));
}

/** Partial results combined two by two. */
template <typename Reduction>
__device__ __forceinline__ typename Reduction::Partial combine_batch(
    const typename Reduction::Partial (&batch)[reduction_batch]) {
  const auto two = [&](int i) { return Reduction::combine(batch[i], batch[i + 1]); };
  static_assert(reduction_batch == 8);
  return Reduction::combine(Reduction::combine(two(0), two(2)), Reduction::combine(two(4), two(6)));
}

/** Sums and means of floats: of a batch in float, of batches in double. */
struct FloatSum {
  using Element = float;
  using Partial = double;
  using Result = float;
  __device__ static Element neutral() { return 0; }
  __device__ static Partial identity() { return 0; }
  __device__ static Partial of(const Element (&x)[reduction_batch], unsigned, unsigned) {
    return ((x[0] + x[1]) + (x[2] + x[3])) + ((x[4] + x[5]) + (x[6] + x[7]));
  }
  __device__ static Partial combine(Partial a, Partial b) { return a + b; }
  __device__ static Result result(Partial total, unsigned count) {
    return static_cast<Result>(total / count);
  }
};

struct FloatProduct {
  using Element = float;
  using Partial = double;
  using Result = float;
  __device__ static Element neutral() { return 1; }
  __device__ static Partial identity() { return 1; }
  __device__ static Partial of(const Element (&x)[reduction_batch], unsigned, unsigned) {
    Partial product = x[0];
#pragma unroll
    for (int k = 1; k < reduction_batch; ++k) product *= x[k];
    return product;
  }
  __device__ static Partial combine(Partial a, Partial b) { return a * b; }
  __device__ static Result result(Partial total, unsigned) { return static_cast<Result>(total); }
};

/** Of elements that add up in their own type, or an unsigned one where sums wrap. */
template <typename T, typename P, typename Combine, int neutral_element>
struct SameType {
  using Element = T;
  using Partial = P;
  using Result = T;
  __device__ static Element neutral() { return static_cast<Element>(identity()); }
  __device__ static Partial identity() {
    if constexpr (neutral_element < 0) return lowest<Partial>();
    if constexpr (neutral_element > 1) return highest<Partial>();
    return neutral_element;
  }
  __device__ static Partial of(const Element (&x)[reduction_batch], unsigned, unsigned) {
    Partial partials[reduction_batch];
#pragma unroll
    for (int k = 0; k < reduction_batch; ++k) partials[k] = static_cast<Partial>(x[k]);
    return combine_batch<SameType>(partials);
  }
  __device__ static Partial combine(Partial a, Partial b) { return Combine{}(a, b); }
  __device__ static Result result(Partial total, unsigned) { return static_cast<Result>(total); }
};

struct Product {
  __device__ unsigned operator()(unsigned a, unsigned b) const { return a * b; }
};
struct Both {
  __device__ int operator()(int a, int b) const { return a != 0 && b != 0; }
};
struct Either {
  __device__ int operator()(int a, int b) const { return a != 0 || b != 0; }
};

using FloatMaximum = SameType<float, float, MaximumOrNan, -1>;
using FloatMinimum = SameType<float, float, MinimumOrNan, 2>;
using IntSum = SameType<std::int32_t, unsigned, Sum, 0>;
using IntProduct = SameType<std::int32_t, unsigned, Product, 1>;
using IntLargest = SameType<std::int32_t, int, IntMaximum, -1>;
using IntSmallest = SameType<std::int32_t, int, IntMinimum, 2>;
using AllTrue = SameType<std::uint8_t, int, Both, 1>;
using AnyTrue = SameType<std::uint8_t, int, Either, 0>;

/** An extreme and the first row that has it. */
template <typename T>
struct Extreme {
  T value;
  unsigned row;
};

template <typename T>
__device__ __forceinline__ Extreme<T> from_lane(const Extreme<T>& extreme, unsigned bits) {
  return {from_lane(extreme.value, bits), from_lane(extreme.row, bits)};
}

/**
 * The row of the largest or smallest element. NaN is never better than what it is compared with,
 * nor anything better than a NaN in row 0.
 */
template <typename T, bool is_largest>
struct ArgExtreme {
  using Element = T;
  using Partial = Extreme<T>;
  using Result = std::int32_t;
  __device__ static T worst() { return is_largest ? lowest<T>() : highest<T>(); }
  __device__ static T best() { return is_largest ? highest<T>() : lowest<T>(); }
  __device__ static bool is_better(T a, T b) { return is_largest ? a > b : a < b; }

  __device__ static Element neutral() { return worst(); }
  // Where all rows have the worst value, the first one is right.
  __device__ static Partial identity() { return {worst(), 0}; }
  __device__ static Partial of(const Element (&x)[reduction_batch], unsigned row, unsigned step) {
    if (row == 0 && x[0] != x[0]) return {best(), 0};
    Partial result = identity();
#pragma unroll
    for (int k = 0; k < reduction_batch; ++k) {
      if (is_better(x[k], result.value)) result = {x[k], row + k * step};
    }
    return result;
  }
  __device__ static Partial combine(const Partial& a, const Partial& b) {
    const bool takes_b = is_better(b.value, a.value) || (b.value == a.value && b.row < a.row);
    return takes_b ? b : a;
  }
  __device__ static Result result(const Partial& total, unsigned) {
    return static_cast<Result>(total.row);
  }
};

}  // namespace trialforge::cuda::device
