#include "trialforge/device.h"

#include <charconv>
#include <fstream>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#elif defined(__APPLE__)
#include <sys/sysctl.h>
#endif

#include "cpu/instruction_set.h"
#include "cpu/thread_pool.h"
#include "cuda/backend.h"
#include "trialforge/error.h"

namespace trialforge {
namespace {

constexpr int max_threads = 1024;

int cores_available() {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return CPU_COUNT(&set);
#endif
  const unsigned cores = std::thread::hardware_concurrency();
  return cores == 0 ? 1 : static_cast<int>(cores);
}

std::string cpu_model() {
#if defined(__linux__)
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
#elif defined(__APPLE__)
  char name[256];
  std::size_t size = sizeof(name);
  if (sysctlbyname("machdep.cpu.brand_string", name, &size, nullptr, 0) == 0) return name;
#endif
  return "";
}

std::string compiler() {
#if defined(__clang__)
  return "clang++ " __clang_version__;
#elif defined(__GNUC__)
  return "g++ " __VERSION__;
#elif defined(_MSC_VER)
  return "MSVC " + std::to_string(_MSC_VER);
#else
  return "";
#endif
}

}  // namespace

Device Device::cpu(int threads) {
  require(threads >= 0 && threads <= max_threads, "threads must be in [0, " +
                                                      std::to_string(max_threads) + "], not " +
                                                      std::to_string(threads));
  // An unusable TRIALFORGE_INSTRUCTION_SET is refused here, before any operation runs.
  cpu::instruction_set();
  Device device;
  device.pool_ = std::make_shared<cpu::ThreadPool>(threads == 0 ? cores_available() : threads);
  return device;
}

Device Device::cuda(int index) {
  if (!cuda::is_available()) {
    throw Error(ErrorCode::device_unavailable, "no CUDA device: " + cuda::unavailable_reason());
  }
  const int count = cuda::device_count();
  if (index < 0 || index >= count) {
    throw Error(
        ErrorCode::device_unavailable,
        "cuda:" + std::to_string(index) + " does not exist; there " +
            (count == 1 ? "is 1 CUDA device" : "are " + std::to_string(count) + " CUDA devices") +
            ", counted from 0");
  }
  Device device;
  device.kind_ = DeviceKind::cuda;
  device.index_ = index;
  device.stream_ = cuda::make_stream(index);
  return device;
}

Device Device::named(const std::string& name, int threads) {
  if (name == "cpu") return cpu(threads);
  if (name == "cuda") return cuda(0);
  int index = -1;
  if (name.starts_with("cuda:")) {
    const char* const end = name.data() + name.size();
    const auto [stop, error] = std::from_chars(name.data() + 5, end, index);
    if (error != std::errc() || stop != end) index = -1;
  }
  require(index >= 0, "device must be cpu, cuda or cuda:<index>, not '" + name + "'");
  return cuda(index);
}

int Device::threads() const noexcept { return pool_ ? pool_->threads() : 1; }

std::string Device::name() const {
  return kind_ == DeviceKind::cpu ? "cpu" : "cuda:" + std::to_string(index_);
}

void Device::synchronize() const {
  if (kind_ == DeviceKind::cuda) cuda::synchronize(cuda::queue_of(*this));
}

int cuda_device_count() noexcept { return cuda::device_count(); }

Capabilities capabilities() {
  Capabilities result;
  result.compiler = compiler();
  result.cpu_model = cpu_model();
  result.cpu_cores = cores_available();
  result.cpu_features = cpu::cpu_features();
  result.instruction_set = cpu::instruction_set_name();
  result.built_with_cuda = cuda::is_built();
  result.cuda_runtime_version = cuda::runtime_version();
  result.cuda_driver_version = cuda::driver_version();
  if (cuda::is_available()) {
    result.cuda_devices = cuda::devices();
  } else {
    result.cuda_unavailable_reason = cuda::unavailable_reason();
  }
  return result;
}

}  // namespace trialforge
