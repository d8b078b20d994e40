// What CUDA gives a kernel beyond C++: qualifiers, barriers, warp operations, atomics. Included by
// cuda_runtime.h, as by nvcc.
#pragma once

#include <math.h>

#include <bit>
#include <type_traits>

#include "grid.h"

#define __host__
#define __device__
#define __global__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __align__(bytes) __attribute__((aligned(bytes)))
#define __grid_constant__
#define __constant__ static
// Blocks run in turn, so one copy is enough. A block finds in it what the last one left, as it may
// on a device; the dynamic kind is filled anew (Order::fresh_memory).
#define __shared__ static

#define TRIALFORGE_SITE const char *file = __builtin_FILE(), int line = __builtin_LINE()

inline void __syncthreads(TRIALFORGE_SITE) {
  trialforge::emulation::block_barrier("__syncthreads", {file, line});
}

inline void __syncwarp(unsigned mask = 0xffffffffu, TRIALFORGE_SITE) {
  int lane = 0;
  trialforge::emulation::warp_operation("__syncwarp", {file, line}, mask, lane,
                                        [](unsigned, const auto&) {});
}

// Blocks run one after the other and threads switch only where they wait: memory is never late.
inline void __threadfence() {}
inline void __threadfence_block() {}

namespace trialforge::emulation {

/** Every lane gives `value` and gets that of lane `source`. */
template <typename T>
T shuffle(const char* name, Site site, unsigned mask, T value, int source) {
  static_assert(std::is_arithmetic_v<T> && (sizeof(T) == 4 || sizeof(T) == 8));
  struct Lane {
    T value;
    int source;
    T result;
  } lane{value, source, value};
  warp_operation(name, site, mask, lane, [name](unsigned members, const auto& lanes) {
    for (unsigned i = 0; i < 32; ++i) {
      if ((members >> i & 1u) == 0) continue;
      if ((members >> lanes[i]->source & 1u) == 0) {
        throw Failure(std::string(name) + ": lane " + std::to_string(i) + " reads lane " +
                      std::to_string(lanes[i]->source) + ", which takes no part");
      }
      lanes[i]->result = lanes[lanes[i]->source]->value;
    }
  });
  return lane.result;
}

/** Every lane gives `predicate` and gets the lanes where it holds, and those that take part. */
struct Votes {
  unsigned holds, members;
};
inline Votes vote(const char* name, Site site, unsigned mask, bool predicate) {
  struct Lane {
    bool predicate;
    Votes result;
  } lane{predicate, {}};
  warp_operation(name, site, mask, lane, [](unsigned members, const auto& lanes) {
    unsigned holds = 0;
    for (unsigned i = 0; i < 32; ++i) {
      if ((members >> i & 1u) != 0 && lanes[i]->predicate) holds |= 1u << i;
    }
    for (unsigned i = 0; i < 32; ++i) {
      if ((members >> i & 1u) != 0) lanes[i]->result = {holds, members};
    }
  });
  return lane.result;
}

}  // namespace trialforge::emulation

template <typename T>
T __shfl_sync(unsigned mask, T value, int source, int width = warpSize, TRIALFORGE_SITE) {
  const int group = trialforge::emulation::lane_of_thread() & ~(width - 1);
  return trialforge::emulation::shuffle("__shfl_sync", {file, line}, mask, value,
                                        group | (source & (width - 1)));
}

template <typename T>
T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = warpSize, TRIALFORGE_SITE) {
  const int lane = trialforge::emulation::lane_of_thread(), step = static_cast<int>(delta);
  return trialforge::emulation::shuffle("__shfl_up_sync", {file, line}, mask, value,
                                        lane % width < step ? lane : lane - step);
}

template <typename T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = warpSize, TRIALFORGE_SITE) {
  const int lane = trialforge::emulation::lane_of_thread(), step = static_cast<int>(delta);
  return trialforge::emulation::shuffle("__shfl_down_sync", {file, line}, mask, value,
                                        lane % width + step >= width ? lane : lane + step);
}

template <typename T>
T __shfl_xor_sync(unsigned mask, T value, int bits, int width = warpSize, TRIALFORGE_SITE) {
  const int lane = trialforge::emulation::lane_of_thread(), other = lane ^ bits;
  const int end = (lane & ~(width - 1)) + width;
  return trialforge::emulation::shuffle("__shfl_xor_sync", {file, line}, mask, value,
                                        other < end ? other : lane);
}

inline unsigned __ballot_sync(unsigned mask, int predicate, TRIALFORGE_SITE) {
  return trialforge::emulation::vote("__ballot_sync", {file, line}, mask, predicate != 0).holds;
}

inline int __any_sync(unsigned mask, int predicate, TRIALFORGE_SITE) {
  return trialforge::emulation::vote("__any_sync", {file, line}, mask, predicate != 0).holds != 0;
}

inline int __all_sync(unsigned mask, int predicate, TRIALFORGE_SITE) {
  const auto votes = trialforge::emulation::vote("__all_sync", {file, line}, mask, predicate != 0);
  return votes.holds == votes.members;
}

/** Never part of a fused multiply-add. */
inline double __dmul_rn(double a, double b) { return a * b; }

inline float __uint_as_float(unsigned bits) { return std::bit_cast<float>(bits); }

// Threads switch only where they wait, so a plain update is atomic.

template <typename T>
T atomicExch(T* address, std::type_identity_t<T> value) {
  const T old = *address;
  *address = value;
  return old;
}
template <typename T>
T atomicAdd(T* address, std::type_identity_t<T> value) {
  return atomicExch(address, *address + value);
}
template <typename T>
T atomicMin(T* address, std::type_identity_t<T> value) {
  return atomicExch(address, value < *address ? value : *address);
}
template <typename T>
T atomicMax(T* address, std::type_identity_t<T> value) {
  return atomicExch(address, value > *address ? value : *address);
}
template <typename T>
T atomicCAS(T* address, std::type_identity_t<T> compare, std::type_identity_t<T> value) {
  return atomicExch(address, *address == compare ? value : *address);
}

#undef TRIALFORGE_SITE
