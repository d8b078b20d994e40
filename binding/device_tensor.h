// Elements in the memory of a CUDA device, as JavaScript holds them.
#pragma once

#include <napi.h>

#include <memory>
#include <optional>

#include "handles.h"
#include "trialforge/buffer.h"
#include "trialforge/tensor.h"

namespace trialforge::binding {

class DeviceTensor : public Napi::ObjectWrap<DeviceTensor> {
 public:
  static Napi::Function define(Napi::Env env);
  /** (device, dtype, length, values | undefined); without values, there is anything in it. */
  explicit DeviceTensor(const Napi::CallbackInfo& info);
  void Finalize(Napi::BasicEnv env) override;

  /** The tensor in `value`; null if it is anything else. */
  static DeviceTensor* from(const Napi::Value& value);

  const Device& device() const noexcept { return *device_; }
  /** Throws ErrorCode::invalid_argument, naming the tensor, if it is disposed. */
  MutableTensorView view(const char* name) const;

 private:
  void upload(const Napi::CallbackInfo& info);
  void fill(const Napi::CallbackInfo& info);
  Napi::Value download(const Napi::CallbackInfo& info);
  Napi::Value read(const Napi::CallbackInfo& info);
  void dispose(const Napi::CallbackInfo& info);
  Napi::Value length(const Napi::CallbackInfo& info);
  Napi::Value dtype(const Napi::CallbackInfo& info);

  void copy_in(const Napi::Value& values);
  /** A typed array for the elements. */
  Napi::Value new_host_array(Napi::Env env) const;
  std::shared_ptr<const Buffer> living() const;

  std::optional<Device> device_;
  DType dtype_ = DType::float32;
  std::size_t length_ = 0;
  /** Shared with the downloads under way; null once disposed. */
  std::shared_ptr<Buffer> buffer_;
  ReportedMemory memory_;
};

}  // namespace trialforge::binding
