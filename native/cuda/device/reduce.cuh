// Reductions in a fixed order: the same bits on every run.
#pragma once

namespace trialforge::cuda::device {

constexpr unsigned full_mask = 0xffffffffu;
constexpr int warp_lanes = 32;

struct Sum {
  template <typename T>
  __device__ __forceinline__ T operator()(T a, T b) const {
    return a + b;
  }
};

struct Maximum {
  template <typename T>
  __device__ __forceinline__ T operator()(T a, T b) const {
    return b > a ? b : a;
  }
};

struct Minimum {
  template <typename T>
  __device__ __forceinline__ T operator()(T a, T b) const {
    return b < a ? b : a;
  }
};

/**
 * Combines the values of each group of `lanes` consecutive lanes; all of them get the result.
 * `combine` must be commutative. Every lane of the warp takes part.
 */
template <int lanes = warp_lanes, typename T, typename Combine>
__device__ __forceinline__ T group_reduce(T value, Combine combine) {
  static_assert(lanes <= warp_lanes && (lanes & (lanes - 1)) == 0);
#pragma unroll
  for (int offset = lanes / 2; offset > 0; offset /= 2) {
    value = combine(value, __shfl_xor_sync(full_mask, value, offset));
  }
  return value;
}

/** Combines the values of all `threads` threads of the block; all of them get the result. */
template <int threads, typename T, typename Combine>
__device__ __forceinline__ T block_reduce(T value, Combine combine) {
  static_assert(threads % warp_lanes == 0);
  constexpr int warps = threads / warp_lanes;
  __shared__ T partial[warps];
  value = group_reduce(value, combine);
  // The previous reduction through the same memory may still be being read.
  __syncthreads();
  if (threadIdx.x % warp_lanes == 0) partial[threadIdx.x / warp_lanes] = value;
  __syncthreads();
  T result = partial[0];
#pragma unroll
  for (int warp = 1; warp < warps; ++warp) result = combine(result, partial[warp]);
  return result;
}

}  // namespace trialforge::cuda::device
