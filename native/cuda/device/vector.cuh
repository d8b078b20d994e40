// Loads and stores of `width` consecutive elements at once.
#pragma once

#include <cstddef>
#include <cstdint>

namespace trialforge::cuda::device {

template <typename T, int width>
struct alignas(sizeof(T) * width) Vector {
  T at[width];
};

/** Whether vectors of `width` elements may begin at `x`. */
template <int width, typename T>
__device__ __forceinline__ bool is_aligned(const T* x) {
  return reinterpret_cast<std::uintptr_t>(x) % sizeof(Vector<T, width>) == 0;
}

/** The `width` elements at `x`, which is aligned to the vector. */
template <int width, typename T>
__device__ __forceinline__ Vector<T, width> load(const T* x) {
  return *reinterpret_cast<const Vector<T, width>*>(x);
}

/**
 * Elements [i, i + width) of x[n], or those that exist and zeros. `i` is a multiple of `width`;
 * unless `x` is aligned to the vector, the elements are loaded one by one.
 */
template <int width, typename T>
__device__ __forceinline__ Vector<T, width> load(const T* x, std::size_t i, std::size_t n,
                                                 bool aligned = true) {
  if (aligned && i + width <= n) return *reinterpret_cast<const Vector<T, width>*>(x + i);
  Vector<T, width> result;
#pragma unroll
  for (int k = 0; k < width; ++k) result.at[k] = i + k < n ? x[i + k] : T{};
  return result;
}

template <int width, typename T>
__device__ __forceinline__ void store(T* y, const Vector<T, width>& values) {
  *reinterpret_cast<Vector<T, width>*>(y) = values;
}

/** Stores what of elements [i, i + width) exists in y[n]; the rest as for load(). */
template <int width, typename T>
__device__ __forceinline__ void store(T* y, std::size_t i, std::size_t n,
                                      const Vector<T, width>& values, bool aligned = true) {
  if (aligned && i + width <= n) {
    *reinterpret_cast<Vector<T, width>*>(y + i) = values;
    return;
  }
#pragma unroll
  for (int k = 0; k < width; ++k) {
    if (i + k < n) y[i + k] = values.at[k];
  }
}

}  // namespace trialforge::cuda::device
