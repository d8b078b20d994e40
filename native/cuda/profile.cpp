#include <cuda_runtime.h>
#include <cxxabi.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <memory>
#include <mutex>
#include <string>

#include "cuda/backend.h"
#include "cuda/check.h"
#include "cuda/kernel_range.h"

#if __has_include(<nvtx3/nvToolsExt.h>)
#include <nvtx3/nvToolsExt.h>
#define TRIALFORGE_HAS_NVTX 1
#else
#define TRIALFORGE_HAS_NVTX 0
#endif

namespace trialforge::cuda {
namespace {

/** A wait in the stream, so long that the host has submitted a step, and so short that a host that
 * waits for the stream itself goes on. */
class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    opened_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    opened_.wait_for(lock, std::chrono::milliseconds(10), [&] { return is_open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool is_open_ = false;
};

void wait_at_gate(void* owned) {
  const std::unique_ptr<std::shared_ptr<Gate>> gate(static_cast<std::shared_ptr<Gate>*>(owned));
  (*gate)->wait();
}

class EventClock : public ProfileClock {
 public:
  explicit EventClock(const Queue& queue) : queue_(queue) {}
  ~EventClock() override {
    release();
    for (const cudaEvent_t event : events_) cudaEventDestroy(event);
  }

  /** Also called from destructors: a failure is told by read(). */
  void mark() override {
    try {
      TRIALFORGE_CUDA_CHECK(cudaSetDevice(queue_.device));
      cudaEvent_t event = nullptr;
      TRIALFORGE_CUDA_CHECK(cudaEventCreate(&event));
      events_.push_back(event);
      TRIALFORGE_CUDA_CHECK(cudaEventRecord(event, stream()));
    } catch (...) {
      if (!failure_) failure_ = std::current_exception();
    }
  }

  void hold() override {
    gate_ = std::make_shared<Gate>();
    auto owned = std::make_unique<std::shared_ptr<Gate>>(gate_);
    TRIALFORGE_CUDA_CHECK(cudaSetDevice(queue_.device));
    TRIALFORGE_CUDA_CHECK(cudaLaunchHostFunc(stream(), wait_at_gate, owned.get()));
    owned.release();
  }

  void release() override {
    if (gate_) gate_->open();
    gate_ = nullptr;
  }

  std::vector<double> read() override {
    release();
    synchronize(queue_);
    if (failure_) std::rethrow_exception(failure_);
    std::vector<double> seconds;
    for (const cudaEvent_t event : events_) {
      float milliseconds = 0;
      TRIALFORGE_CUDA_CHECK(cudaEventElapsedTime(&milliseconds, events_.front(), event));
      seconds.push_back(milliseconds * 1e-3);
    }
    return seconds;
  }

 private:
  cudaStream_t stream() const { return static_cast<cudaStream_t>(queue_.stream); }

  Queue queue_;
  std::vector<cudaEvent_t> events_;
  std::shared_ptr<Gate> gate_;
  std::exception_ptr failure_;
};

void erase_all(std::string& text, const std::string& part) {
  for (std::size_t at; (at = text.find(part)) != std::string::npos;) text.erase(at, part.size());
}

/** Without the parameters: up to the parenthesis that no template's brackets enclose. */
std::string without_parameters(const std::string& name) {
  int depth = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '<') ++depth;
    if (name[i] == '>') --depth;
    if (name[i] == '(' && depth == 0) return name.substr(0, i);
  }
  return name;
}

std::string name_of(const void* kernel) {
#if CUDART_VERSION >= 12030
  const char* name = nullptr;
  if (cudaFuncGetName(&name, kernel) == cudaSuccess) return short_kernel_name(name);
  cudaGetLastError();
#endif
  (void)kernel;
  return "kernel";
}

}  // namespace

std::string short_kernel_name(const char* mangled) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> demangled(
      abi::__cxa_demangle(mangled, nullptr, nullptr, &status), std::free);
  std::string name = status == 0 ? demangled.get() : mangled;
  erase_all(name, "(anonymous namespace)::");
  erase_all(name, "trialforge::cuda::");
  erase_all(name, "trialforge::");
  if (name.starts_with("void ")) name.erase(0, 5);
  return without_parameters(name);
}

void KernelRange::begin(const Queue& queue, const cudaLaunchConfig_t& config, const void* kernel) {
  KernelLaunch launch{
      .grid = {config.gridDim.x, config.gridDim.y, config.gridDim.z},
      .block = {config.blockDim.x, config.blockDim.y, config.blockDim.z},
      .dynamic_shared_bytes = config.dynamicSmemBytes,
  };
  cudaFuncAttributes attributes{};
  TRIALFORGE_CUDA_CHECK(cudaFuncGetAttributes(&attributes, kernel));
  launch.registers = attributes.numRegs;
  launch.static_shared_bytes = attributes.sharedSizeBytes;
  launch.local_bytes = attributes.localSizeBytes;
  const int threads = static_cast<int>(config.blockDim.x * config.blockDim.y * config.blockDim.z);
  TRIALFORGE_CUDA_CHECK(cudaOccupancyMaxActiveBlocksPerMultiprocessor(
      &launch.blocks_per_multiprocessor, kernel, threads, config.dynamicSmemBytes));
  int most_threads = 0;
  TRIALFORGE_CUDA_CHECK(
      cudaDeviceGetAttribute(&most_threads, cudaDevAttrMaxThreadsPerMultiProcessor, queue.device));
  constexpr int warp = 32;
  const int held = launch.blocks_per_multiprocessor * ((threads + warp - 1) / warp) * warp;
  launch.occupancy = static_cast<double>(held) / most_threads;
  profiler_->begin(name_of(kernel), launch);
}

std::unique_ptr<ProfileClock> make_profile_clock(const Queue& queue) {
  return std::make_unique<EventClock>(queue);
}

#if TRIALFORGE_HAS_NVTX
void push_range(const char* name) noexcept { nvtxRangePushA(name); }
void pop_range() noexcept { nvtxRangePop(); }
#else
void push_range(const char*) noexcept {}
void pop_range() noexcept {}
#endif

}  // namespace trialforge::cuda
