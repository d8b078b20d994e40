// What launch.h tells a profile.
#pragma once

#include <cuda_runtime.h>

#include <string>

#include "cuda/backend.h"

namespace trialforge::cuda {

/** "softmax_kernel<RegisterRows<16, 1>>": demangled, without our namespaces and the parameters. */
std::string short_kernel_name(const char* mangled);

/** Times the kernel that is launched in its lifetime, if this thread's work is being recorded. */
class KernelRange {
 public:
  KernelRange(const Queue& queue, const cudaLaunchConfig_t& config, const void* kernel)
      : profiler_(Profiler::current()) {
    if (profiler_ != nullptr) begin(queue, config, kernel);
  }
  ~KernelRange() {
    if (profiler_ != nullptr) profiler_->end();
  }
  KernelRange(const KernelRange&) = delete;
  KernelRange& operator=(const KernelRange&) = delete;

 private:
  void begin(const Queue& queue, const cudaLaunchConfig_t& config, const void* kernel);

  Profiler* profiler_;
};

}  // namespace trialforge::cuda
