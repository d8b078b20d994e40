#pragma once

#include "grid.h"

namespace trialforge::cuda::device {

template <typename T>
T* dynamic_shared() {
  return static_cast<T*>(emulation::dynamic_shared_memory());
}

}  // namespace trialforge::cuda::device
