// Where an operation runs, and what the machine offers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace trialforge {

namespace cpu {
class ThreadPool;
}

enum class DeviceKind { cpu, cuda };

/** A place to compute: the CPU with its threads, or one CUDA device with its stream. A cheap
 * handle. */
class Device {
 public:
  /** The CPU with `threads` threads, the caller's included (0: one per core available). */
  static Device cpu(int threads = 0);
  /** CUDA device `index`. Throws ErrorCode::device_unavailable where there is none. */
  static Device cuda(int index = 0);
  /** "cpu" with `threads` threads, "cuda" or "cuda:1". Throws ErrorCode::invalid_argument for
   * another name, and what cpu() and cuda() throw. */
  static Device named(const std::string& name, int threads = 0);

  DeviceKind kind() const noexcept { return kind_; }
  int index() const noexcept { return index_; }
  /** Threads of the CPU device; 1 on CUDA. */
  int threads() const noexcept;
  /** "cpu" or "cuda:0". */
  std::string name() const;
  /** CPU devices only. */
  cpu::ThreadPool& pool() const noexcept { return *pool_; }
  /** CUDA devices only: the cudaStream_t of this device, as an opaque pointer. */
  void* stream() const noexcept { return stream_.get(); }
  /** The same stream, for an owner that must outlive this handle. */
  const std::shared_ptr<void>& shared_stream() const noexcept { return stream_; }
  /** Waits until everything submitted to this device is done. */
  void synchronize() const;

 private:
  Device() = default;
  DeviceKind kind_ = DeviceKind::cpu;
  int index_ = 0;
  std::shared_ptr<cpu::ThreadPool> pool_;
  std::shared_ptr<void> stream_;
};

struct CudaDeviceInfo {
  int index = 0;
  std::string name;
  int compute_major = 0;
  int compute_minor = 0;
  int multiprocessors = 0;
  std::size_t total_bytes = 0;
  std::size_t free_bytes = 0;  // 0 if the device cannot be opened
};

/** What this build and this machine can do; what `trialforge doctor` prints. */
struct Capabilities {
  std::string compiler;   // "g++ 12.2.0"
  std::string cpu_model;  // empty where the system does not tell
  int cpu_cores = 0;      // cores available to this process
  std::vector<std::string>
      cpu_features;             // of "avx2", "fma", "avx512f", "avx512bw", "avx512vl", ...
  std::string instruction_set;  // the path chosen: "avx512", "avx2" or "portable"
  bool built_with_cuda = false;
  int cuda_runtime_version = 0;  // 13000 for 13.0; 0 without CUDA
  int cuda_driver_version = 0;   // 0 without a driver
  std::vector<CudaDeviceInfo> cuda_devices;
  std::string cuda_unavailable_reason;  // why cuda_devices is empty; empty otherwise
};

Capabilities capabilities();

/** CUDA devices that there are to use; opens none. */
int cuda_device_count() noexcept;

}  // namespace trialforge
