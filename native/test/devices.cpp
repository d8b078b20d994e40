#include "devices.h"

#include "testing.h"

namespace trialforge::testing {

const Device& test_device(DeviceKind kind) {
  if (kind == DeviceKind::cpu) {
    static const Device cpu = Device::cpu(2);
    return cpu;
  }
  static const bool exists = !capabilities().cuda_devices.empty();
  if (!exists) throw Skipped("no CUDA device");
  static const Device cuda = Device::cuda(0);
  return cuda;
}

RegisterOnDevices::RegisterOnDevices(const std::string& name,
                                     std::function<void(const Device&)> body) {
  Register(name + " on cpu", [body] { body(test_device(DeviceKind::cpu)); });
  Register(name + " on cuda", [body] { body(test_device(DeviceKind::cuda)); });
}

}  // namespace trialforge::testing
