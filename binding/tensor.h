// What the bindings of single operations share: the device they run on, and views of typed arrays.
#pragma once

#include <napi.h>

#include "binding.h"
#include "trialforge/device.h"
#include "trialforge/tensor.h"

namespace trialforge::binding {

/** The CPU device of this JavaScript environment, made at its first use. JavaScript thread only. */
const Device& op_device(Napi::Env env);

/** The elements of a Float32Array, an Int32Array or a Uint8Array (bool), in place, as span_of. */
TensorView tensor_of(const Napi::Value& value, const char* name);
MutableTensorView mutable_tensor_of(const Napi::Value& value, const char* name);

}  // namespace trialforge::binding
