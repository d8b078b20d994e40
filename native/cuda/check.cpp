#include "cuda/check.h"

#include <string>

#include "trialforge/error.h"

namespace trialforge::cuda {
namespace {

std::string describe(cudaError_t error) {
  return std::string(cudaGetErrorString(error)) + " (" + cudaGetErrorName(error) + ")";
}

ErrorCode code_of(cudaError_t error) {
  switch (error) {
    case cudaErrorMemoryAllocation:
      return ErrorCode::out_of_memory;
    case cudaErrorNoDevice:
    case cudaErrorInvalidDevice:
    case cudaErrorInsufficientDriver:
    case cudaErrorDevicesUnavailable:
    case cudaErrorNoKernelImageForDevice:
    case cudaErrorUnsupportedPtxVersion:
      return ErrorCode::device_unavailable;
    default:
      return ErrorCode::device_failure;
  }
}

const char* hint(cudaError_t error) {
  switch (error) {
    case cudaErrorNoKernelImageForDevice:
      return "; this build has no code for the device: build with CMAKE_CUDA_ARCHITECTURES set to "
             "its compute capability";
    case cudaErrorUnsupportedPtxVersion:
      return "; the driver is older than the toolkit of this build: update the driver, or build "
             "with CMAKE_CUDA_ARCHITECTURES set to the device's compute capability";
    default:
      return "";
  }
}

}  // namespace

void throw_failure(cudaError_t error, const char* call, const char* file, int line) {
  cudaGetLastError();
  const std::string path = file;
  const std::string place = path.substr(path.find_last_of('/') + 1) + ":" + std::to_string(line);
  throw Error(code_of(error),
              std::string(call) + " failed at " + place + ": " + describe(error) + hint(error));
}

void throw_out_of_memory(std::size_t bytes, int device) {
  cudaGetLastError();
  std::size_t free_bytes = 0, total_bytes = 0;
  const bool known = cudaMemGetInfo(&free_bytes, &total_bytes) == cudaSuccess;
  throw Error(ErrorCode::out_of_memory, "out of memory on cuda:" + std::to_string(device) + ": " +
                                            std::to_string(bytes) + " bytes asked for" +
                                            (known ? ", " + std::to_string(free_bytes) + " of " +
                                                         std::to_string(total_bytes) + " free"
                                                   : ""));
}

}  // namespace trialforge::cuda
