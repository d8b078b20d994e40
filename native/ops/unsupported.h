// What an operation says that a device does not have.
#pragma once

#include <string>

#include "trialforge/device.h"
#include "trialforge/error.h"
#include "trialforge/precision.h"

namespace trialforge {

[[noreturn]] inline void unsupported_on_cuda(const char* operation) {
  throw Error(ErrorCode::device_unavailable,
              std::string(operation) + " has no CUDA kernel; use the CPU device");
}

inline void require_precision(const Device& device, Precision precision) {
  if (precision == Precision::float32 || device.kind() == DeviceKind::cuda) return;
  throw Error(ErrorCode::invalid_argument, std::string("precision ") + precision_name(precision) +
                                               " needs a CUDA device; the CPU has float32 only");
}

}  // namespace trialforge
