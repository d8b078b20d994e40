// The devices that cases run on, and host vectors on them.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "trialforge/buffer.h"
#include "trialforge/device.h"

namespace trialforge::testing {

/** The CPU with two threads, or CUDA device 0; made once. Throws Skipped where there is no such
 * device. */
const Device& test_device(DeviceKind kind);

/** Adds the cases "<name> on cpu" and "<name> on cuda". */
struct RegisterOnDevices {
  RegisterOnDevices(const std::string& name, std::function<void(const Device&)> body);
};

/** A Buffer of T made from and read back to a host vector. */
template <typename T>
class DeviceArray {
 public:
  DeviceArray(const Device& device, std::span<const T> values)
      : buffer_(device, values.size_bytes()) {
    buffer_.copy_from_host(values.data(), values.size_bytes());
  }
  DeviceArray(const Device& device, const std::vector<T>& values)
      : DeviceArray(device, std::span<const T>(values)) {}
  DeviceArray(const Device& device, std::size_t n) : buffer_(device, n * sizeof(T)) {}

  std::span<T> span() const { return buffer_.as<T>(); }
  std::vector<T> host() const {
    std::vector<T> values(buffer_.bytes() / sizeof(T));
    buffer_.copy_to_host(values.data(), buffer_.bytes());
    return values;
  }

 private:
  Buffer buffer_;
};

}  // namespace trialforge::testing
