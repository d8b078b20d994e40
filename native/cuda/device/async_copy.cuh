// Copies from device memory to shared memory that go on while the thread does. A thread's copies
// are closed into groups, and it waits for the oldest of them. Compute capability 8.0.
#pragma once

namespace trialforge::cuda::device {

/**
 * Starts a copy of `bytes` (4 or 16) bytes, both sides aligned to them; zeros, and nothing is read,
 * unless `exists`. What other threads copied is there after their wait and a barrier.
 */
template <int bytes>
__device__ __forceinline__ void copy_async(void* shared, const void* global, bool exists) {
  static_assert(bytes == 4 || bytes == 16);
  const auto target = static_cast<unsigned>(__cvta_generic_to_shared(shared));
  // .ca: neighbouring pixels' windows overlap, so what one thread reads others find in the L1
  // cache.
  asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;" ::"r"(target), "l"(global),
               "n"(bytes), "r"(exists ? bytes : 0)
               : "memory");
}

/** Closes the group of the copies started since the last one. It may be empty. */
__device__ __forceinline__ void close_copy_group() {
  asm volatile("cp.async.commit_group;" ::: "memory");
}

/** Waits until no more than `pending` of this thread's groups are under way. */
template <int pending>
__device__ __forceinline__ void wait_for_copy_groups() {
  asm volatile("cp.async.wait_group %0;" ::"n"(pending) : "memory");
}

}  // namespace trialforge::cuda::device
