// The shared memory that a launch asks for (LaunchShape::shared_bytes).
#pragma once

namespace trialforge::cuda::device {

/** Its start, aligned to 128 bytes, as T. */
template <typename T>
__device__ __forceinline__ T* dynamic_shared() {
  extern __shared__ __align__(128) unsigned char trialforge_dynamic_shared[];
  return reinterpret_cast<T*>(trialforge_dynamic_shared);
}

}  // namespace trialforge::cuda::device
