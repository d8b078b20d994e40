#include "tensor.h"

#include <optional>

namespace trialforge::binding {
namespace {

/** What the operations of one environment share. Threads start at the first operation. */
struct Ops {
  int threads = 0;  // 0: one a core available
  std::optional<Device> device;
};

MutableTensorView view(const Napi::Value& value, const char* name) {
  if (value.IsTypedArray()) {
    switch (value.As<Napi::TypedArray>().TypedArrayType()) {
      case napi_float32_array:
        return span_of<float>(value, name);
      case napi_int32_array:
        return span_of<std::int32_t>(value, name);
      case napi_uint8_array:
        return span_of<std::uint8_t>(value, name);
      default:
        break;
    }
  }
  throw Error(ErrorCode::invalid_argument,
              std::string(name) + " must be a Float32Array, an Int32Array or a Uint8Array");
}

/** Sets how many threads the operations of this environment use; 0: one a core available. */
void set_op_threads(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const int threads = int_of(info[0], "threads");
    require(threads >= 0 && threads <= 1024, "threads must be in 0..1024");
    Ops& ops = *info.Env().GetInstanceData<Ops>();
    ops.device.reset();
    ops.threads = threads;
  });
}

Napi::Value op_threads(const Napi::CallbackInfo& info) {
  return guarded(info.Env(),
                 [&] { return Napi::Number::New(info.Env(), op_device(info.Env()).threads()); });
}

/** Gives the memory of an ArrayBuffer back at once; its views are empty afterwards. */
void detach(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    require(info[0].IsArrayBuffer(), "buffer must be an ArrayBuffer");
    Napi::ArrayBuffer buffer = info[0].As<Napi::ArrayBuffer>();
    buffer.Detach();
  });
}

}  // namespace

const Device& op_device(Napi::Env env) {
  Ops& ops = *env.GetInstanceData<Ops>();
  if (!ops.device) ops.device = Device::cpu(ops.threads);
  return *ops.device;
}

TensorView tensor_of(const Napi::Value& value, const char* name) {
  const MutableTensorView v = view(value, name);
  return {v.dtype, v.data, v.size};
}

MutableTensorView mutable_tensor_of(const Napi::Value& value, const char* name) {
  return view(value, name);
}

std::span<const float> optional_span_of(const Napi::Value& value, const char* name) {
  if (value.IsUndefined()) return {};
  const std::span<const float> span = span_of<float>(value, name);
  require(!span.empty(), std::string(name) + " must not be empty");
  return span;
}

Activation activation_of(const Napi::Value& value) {
  const int index = int_of(value, "activation");
  require(index >= 0 && index <= static_cast<int>(Activation::softplus),
          "activation must be an index in 0..5, not " + std::to_string(index));
  return static_cast<Activation>(index);
}

void init_tensor(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new Ops);
  exports.Set("detach", Napi::Function::New(env, detach, "detach"));
  exports.Set("setOpThreads", Napi::Function::New(env, set_op_threads, "setOpThreads"));
  exports.Set("opThreads", Napi::Function::New(env, op_threads, "opThreads"));
}

}  // namespace trialforge::binding
