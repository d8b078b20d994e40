#pragma once

#include "trialforge/error.h"

namespace trialforge::cuda {

inline constexpr char not_built[] =
    "this build has no CUDA support; build with the CUDA toolkit 12 or newer and "
    "TRIALFORGE_CUDA=ON";

[[noreturn]] inline void throw_not_built() {
  throw Error(ErrorCode::device_unavailable, not_built);
}

}  // namespace trialforge::cuda
