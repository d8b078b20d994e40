// From the plain objects that src/nn/ sends to the structs of native/include/trialforge/network.h.
#pragma once

#include <napi.h>

#include "trialforge/network.h"

namespace trialforge::binding {

/** Throws ErrorCode::invalid_argument naming the field. */
NetworkSpec network_spec_from(const Napi::Value& value);

}  // namespace trialforge::binding
