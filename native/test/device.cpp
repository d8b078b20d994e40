#include "trialforge/device.h"

#include <cstdlib>
#include <thread>

#include "cpu/instruction_set.h"
#include "devices.h"
#include "testing.h"

namespace trialforge::testing {
namespace {

const Register cpu_device("device cpu", [] {
  check(Device::cpu(3).threads() == 3, "not 3 threads");
  check(Device::cpu().threads() == capabilities().cpu_cores, "not a thread per core");
  check(Device::cpu(1).name() == "cpu", "wrong name");
  Device::cpu(2).synchronize();
  const Device copy = test_device(DeviceKind::cpu);
  check(&copy.pool() == &test_device(DeviceKind::cpu).pool(), "a copy has threads of its own");
  for (const int threads : {-1, 1025}) {
    expect_error(ErrorCode::invalid_argument,
                 "threads must be in [0, 1024], not " + std::to_string(threads),
                 [threads] { Device::cpu(threads); });
  }
});

const Register cuda_device("device cuda", [] {
  const Capabilities found = capabilities();
  const int count = static_cast<int>(found.cuda_devices.size());
  check(cuda_device_count() == count, "another number of devices");
  if (count == 0) {
    expect_error(ErrorCode::device_unavailable, found.cuda_unavailable_reason,
                 [] { Device::cuda(0); });
    return;
  }
  const Device device = Device::cuda(0);
  check(device.name() == "cuda:0" && device.kind() == DeviceKind::cuda && device.threads() == 1,
        "wrong description");
  check(device.stream() != nullptr, "no stream");
  device.synchronize();
  for (const int index : {-1, count}) {
    expect_error(ErrorCode::device_unavailable, "cuda:" + std::to_string(index) + " does not exist",
                 [index] { Device::cuda(index); });
  }
  // A thread starts with no device of its own.
  std::string failure;
  std::thread([&] {
    try {
      DeviceArray<float>(device, std::vector<float>{1, 2}).host();
      device.synchronize();
    } catch (const std::exception& error) {
      failure = error.what();
    }
  }).join();
  check(failure.empty(), failure);
});

const Register what_there_is("device capabilities", [] {
  const Capabilities found = capabilities();
  check(!found.compiler.empty(), "no compiler");
  check(found.cpu_cores >= 1, "no cores");
  check(found.built_with_cuda == (found.cuda_runtime_version > 0), "a runtime without CUDA");
  check(found.cuda_devices.empty() != found.cuda_unavailable_reason.empty(),
        "devices, and a reason why there are none");
  for (const CudaDeviceInfo& device : found.cuda_devices) {
    check(!device.name.empty() && device.compute_major >= 7 && device.multiprocessors > 0,
          "a device without properties");
    check(device.free_bytes <= device.total_bytes && device.total_bytes > 0, "wrong memory");
  }
});

const Register instruction_sets("device instruction set", [] {
  using cpu::chosen_instruction_set, cpu::InstructionSet;
  check(chosen_instruction_set(InstructionSet::avx512, nullptr) == InstructionSet::avx512, "unset");
  check(chosen_instruction_set(InstructionSet::avx2, "") == InstructionSet::avx2, "empty");
  check(chosen_instruction_set(InstructionSet::avx512, "avx2") == InstructionSet::avx2, "lower");
  check(chosen_instruction_set(InstructionSet::avx2, "portable") == InstructionSet::portable,
        "lowest");
  check(chosen_instruction_set(InstructionSet::avx2, "avx512") == InstructionSet::avx2,
        "more than the CPU has");
  expect_error(ErrorCode::invalid_argument, "not 'AVX'",
               [] { chosen_instruction_set(InstructionSet::avx2, "AVX"); });
  check(cpu::instruction_set() <= cpu::detected_instruction_set(), "more than the CPU has");
  check(capabilities().instruction_set == cpu::instruction_set_name(), "another name");
});

}  // namespace
}  // namespace trialforge::testing
