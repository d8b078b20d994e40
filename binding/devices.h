// Devices by the names that JavaScript gives them.
#pragma once

#include "binding.h"
#include "trialforge/device.h"

namespace trialforge::binding {

/** 'cpu' with its threads (0: one a core available), or 'cuda:<index>'. */
inline Device device_of(const Napi::Value& value, int threads) {
  return Device::named(string_of(value, "device"), threads);
}

}  // namespace trialforge::binding
