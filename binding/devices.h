// Devices by the names that JavaScript gives them.
#pragma once

#include "binding.h"
#include "trialforge/device.h"

namespace trialforge::binding {

/** 'cpu' with its threads (0: one a core available), or 'cuda:<index>'. */
inline Device device_of(const Napi::Value& value, int threads) {
  const std::string name = string_of(value, "device");
  if (name == "cpu") return Device::cpu(threads);
  const std::string prefix = "cuda:";
  const bool is_cuda = name.starts_with(prefix) && name.size() > prefix.size() &&
                       name.size() < prefix.size() + 4 &&
                       name.find_first_not_of("0123456789", prefix.size()) == std::string::npos;
  require(is_cuda, "device must be 'cpu' or 'cuda:<index>', not '" + name + "'");
  return Device::cuda(std::stoi(name.substr(prefix.size())));
}

}  // namespace trialforge::binding
