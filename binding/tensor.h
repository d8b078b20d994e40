// What the bindings of single operations share: the devices they run on, and their operands.
#pragma once

#include <napi.h>

#include <algorithm>
#include <array>

#include "binding.h"
#include "trialforge/activation.h"
#include "trialforge/device.h"
#include "trialforge/tensor.h"

namespace trialforge::binding {

/** A CUDA device with the stream of this JavaScript environment, made at its first use. JavaScript
 * thread only. Throws ErrorCode::device_unavailable. */
const Device& cuda_device(Napi::Env env, int index);

/** The elements of a Float32Array, an Int32Array or a Uint8Array (bool), in place, as span_of. */
MutableTensorView host_view(const Napi::Value& value, const char* name);

/**
 * The tensors among the arguments of a call: typed arrays, and the operation runs on the CPU, or
 * DeviceTensors that are all on one device, and it runs there. Views are valid until the calling
 * function returns to JavaScript. Throws ErrorCode::invalid_argument, naming the argument.
 */
class Operands {
 public:
  explicit Operands(const Napi::CallbackInfo& info);

  /** Where the operation runs. */
  const Device& device() const noexcept { return *device_; }

  TensorView tensor(std::size_t argument, const char* name) const {
    const MutableTensorView v = view(argument, name);
    return {v.dtype, v.data, v.size};
  }
  MutableTensorView mutable_tensor(std::size_t argument, const char* name) const {
    return view(argument, name);
  }

  /** The elements of a tensor of type T. */
  template <typename T>
  std::span<T> span(std::size_t argument, const char* name) const {
    if (device_->kind() == DeviceKind::cpu) return span_of<T>(info_[argument], name);
    const MutableTensorView v = view(argument, name);
    require_type(v.dtype, MutableTensorView(std::span<T>()).dtype, name);
    return {v.as<T>(), v.size};
  }

  /** Of float32, or undefined for none. One that is given has elements. */
  std::span<const float> optional_span(std::size_t argument, const char* name) const;

 private:
  MutableTensorView view(std::size_t argument, const char* name) const;
  static void require_type(DType actual, DType expected, const char* name);

  const Napi::CallbackInfo& info_;
  const Device* device_;
};

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

/** The index of an activation. */
Activation activation_of(const Napi::Value& value);

}  // namespace trialforge::binding
