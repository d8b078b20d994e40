// What an operation says that has no CUDA kernel.
#pragma once

#include <string>

#include "trialforge/error.h"

namespace trialforge {

[[noreturn]] inline void unsupported_on_cuda(const char* operation) {
  throw Error(ErrorCode::device_unavailable,
              std::string(operation) + " has no CUDA kernel; use the CPU device");
}

}  // namespace trialforge
