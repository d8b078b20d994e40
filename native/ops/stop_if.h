// How long work is ended from outside.
#pragma once

#include <atomic>

#include "trialforge/error.h"

namespace trialforge {

/** Throws ErrorCode::cancelled if asked to stop. `cancelled` may be null. */
inline void stop_if(const std::atomic<bool>* cancelled) {
  if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed)) {
    throw Error(ErrorCode::cancelled, "stopped on request");
  }
}

}  // namespace trialforge
