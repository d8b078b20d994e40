// Turns failing CUDA calls into trialforge errors. For the host side of cuda/ only.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>

namespace trialforge::cuda {

/**
 * Clears the runtime's last error and throws: device_unavailable if the device is gone or has no
 * code in this build, device_failure otherwise. The message holds the call and its place.
 */
[[noreturn]] void throw_failure(cudaError_t error, const char* call, const char* file, int line);

/** Clears the runtime's last error and throws out_of_memory, naming `bytes` and what is free. */
[[noreturn]] void throw_out_of_memory(std::size_t bytes, int device);

}  // namespace trialforge::cuda

/** Throws trialforge::Error unless `error`, the result of `call`, is a success. */
#define TRIALFORGE_CUDA_CHECK_RESULT(error, call)                         \
  do {                                                                    \
    if ((error) != cudaSuccess)                                           \
      ::trialforge::cuda::throw_failure(error, call, __FILE__, __LINE__); \
  } while (false)

/** Evaluates a CUDA call once and throws trialforge::Error unless it succeeds. */
#define TRIALFORGE_CUDA_CHECK(...)                                \
  do {                                                            \
    const cudaError_t trialforge_error = (__VA_ARGS__);           \
    TRIALFORGE_CUDA_CHECK_RESULT(trialforge_error, #__VA_ARGS__); \
  } while (false)
