// What the bindings of single operations share: the device they run on, and views of typed arrays.
#pragma once

#include <napi.h>

#include <algorithm>
#include <array>

#include "binding.h"
#include "trialforge/activation.h"
#include "trialforge/device.h"
#include "trialforge/tensor.h"

namespace trialforge::binding {

/** The CPU device of this JavaScript environment, made at its first use. JavaScript thread only. */
const Device& op_device(Napi::Env env);

/** The elements of a Float32Array, an Int32Array or a Uint8Array (bool), in place, as span_of. */
TensorView tensor_of(const Napi::Value& value, const char* name);
MutableTensorView mutable_tensor_of(const Napi::Value& value, const char* name);

/** An Int32Array of N sizes. */
template <std::size_t N>
std::array<int, N> sizes_of(const Napi::Value& value) {
  const auto sizes = span_of<std::int32_t>(value, "sizes");
  require(sizes.size() == N, "sizes must have " + std::to_string(N) + " elements, not " +
                                 std::to_string(sizes.size()));
  std::array<int, N> copy;
  std::copy(sizes.begin(), sizes.end(), copy.begin());
  return copy;
}

/** A Float32Array, or undefined for none. */
std::span<const float> optional_span_of(const Napi::Value& value, const char* name);

/** The index of an activation. */
Activation activation_of(const Napi::Value& value);

}  // namespace trialforge::binding
