#pragma once

#include <string>

#include "trialforge/device.h"
#include "trialforge/error.h"
#include "trialforge/precision.h"

namespace trialforge {

/** `device` must have products of `precision`. */
inline void require_precision(const Device& device, Precision precision) {
  if (precision == Precision::float32 || device.kind() == DeviceKind::cuda) return;
  throw Error(ErrorCode::invalid_argument, std::string("precision ") + precision_name(precision) +
                                               " needs a CUDA device; the CPU has float32 only");
}

}  // namespace trialforge
