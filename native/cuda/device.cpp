#include <cuda_runtime.h>

#include <cstdlib>
#include <string>

#include "cuda/backend.h"
#include "cuda/check.h"
#include "cuda/launch.h"
#include "trialforge/error.h"

namespace trialforge::cuda {
namespace {

/** Blocks that a multiprocessor is given to work through, so that none idles at the end. */
constexpr std::size_t blocks_per_multiprocessor = 16;

std::string version_name(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

struct Probe {
  int count = 0;
  cudaError_t error = cudaSuccess;
};

Probe probe() noexcept {
  Probe result;
  result.error = cudaGetDeviceCount(&result.count);
  if (result.error != cudaSuccess) {
    cudaGetLastError();
    result.count = 0;
  }
  return result;
}

int attribute(cudaDeviceAttr which, int device) {
  int value = 0;
  TRIALFORGE_CUDA_CHECK(cudaDeviceGetAttribute(&value, which, device));
  return value;
}

}  // namespace

bool is_built() noexcept { return true; }

bool is_available() noexcept { return probe().count > 0; }

int device_count() noexcept { return probe().count; }

std::string unavailable_reason() {
  const Probe found = probe();
  if (found.count > 0) return "";
  const int driver = driver_version();
  if (driver == 0) return "no NVIDIA driver is installed, or this process cannot see it";
  if (found.error == cudaErrorInsufficientDriver) {
    return "the NVIDIA driver supports CUDA " + version_name(driver) + ", but this build needs " +
           version_name(runtime_version());
  }
  if (found.error == cudaSuccess || found.error == cudaErrorNoDevice) {
    const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
    return std::string("the NVIDIA driver shows no device") +
           (visible ? " (CUDA_VISIBLE_DEVICES is '" + std::string(visible) + "')" : "");
  }
  return std::string("the NVIDIA driver answers: ") + cudaGetErrorString(found.error) + " (" +
         cudaGetErrorName(found.error) + ")";
}

int runtime_version() noexcept {
  int version = 0;
  return cudaRuntimeGetVersion(&version) == cudaSuccess ? version : 0;
}

int driver_version() noexcept {
  int version = 0;
  return cudaDriverGetVersion(&version) == cudaSuccess ? version : 0;
}

std::vector<CudaDeviceInfo> devices() {
  std::vector<CudaDeviceInfo> result;
  for (int index = 0; index < device_count(); ++index) {
    cudaDeviceProp properties{};
    TRIALFORGE_CUDA_CHECK(cudaGetDeviceProperties(&properties, index));
    CudaDeviceInfo info;
    info.index = index;
    info.name = properties.name;
    info.compute_major = properties.major;
    info.compute_minor = properties.minor;
    info.multiprocessors = properties.multiProcessorCount;
    info.total_bytes = properties.totalGlobalMem;
    std::size_t free_bytes = 0, total_bytes = 0;
    // A device that another process keeps to itself is there all the same.
    if (cudaSetDevice(index) == cudaSuccess &&
        cudaMemGetInfo(&free_bytes, &total_bytes) == cudaSuccess) {
      info.free_bytes = free_bytes;
    } else {
      cudaGetLastError();
    }
    result.push_back(std::move(info));
  }
  return result;
}

std::shared_ptr<void> make_stream(int device) {
  TRIALFORGE_CUDA_CHECK(cudaSetDevice(device));
  cudaStream_t stream = nullptr;
  TRIALFORGE_CUDA_CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  return {stream, [](void* owned) { cudaStreamDestroy(static_cast<cudaStream_t>(owned)); }};
}

void synchronize(const Queue& queue) {
  TRIALFORGE_CUDA_CHECK(cudaStreamSynchronize(static_cast<cudaStream_t>(queue.stream)));
}

int multiprocessors(const Queue& queue) {
  return attribute(cudaDevAttrMultiProcessorCount, queue.device);
}

unsigned grid_for(const Queue& queue, std::size_t tiles) {
  const std::size_t most =
      blocks_per_multiprocessor * static_cast<std::size_t>(multiprocessors(queue));
  return static_cast<unsigned>(std::min(tiles, most));
}

}  // namespace trialforge::cuda
