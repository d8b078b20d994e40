#include "tensor.h"

#include <map>
#include <optional>

#include "device_tensor.h"

namespace trialforge::binding {
namespace {

/** What the operations of one environment share. Threads start at the first operation. */
struct Ops {
  int threads = 0;  // of the CPU; 0: one a core available
  std::optional<Device> cpu;
  std::map<int, Device> cuda;
};

/** The CPU device of this environment. */
const Device& cpu_device(Napi::Env env) {
  Ops& ops = *env.GetInstanceData<Ops>();
  if (!ops.cpu) ops.cpu = Device::cpu(ops.threads);
  return *ops.cpu;
}

/** Sets how many threads the operations of this environment use; 0: one a core available. */
void set_op_threads(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const int threads = int_of(info[0], "threads");
    require(threads >= 0 && threads <= 1024, "threads must be in 0..1024");
    Ops& ops = *info.Env().GetInstanceData<Ops>();
    ops.cpu.reset();
    ops.threads = threads;
  });
}

Napi::Value op_threads(const Napi::CallbackInfo& info) {
  return guarded(info.Env(),
                 [&] { return Napi::Number::New(info.Env(), cpu_device(info.Env()).threads()); });
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

const Device& cuda_device(Napi::Env env, int index) {
  std::map<int, Device>& devices = env.GetInstanceData<Ops>()->cuda;
  const auto found = devices.find(index);
  return found != devices.end() ? found->second
                                : devices.emplace(index, Device::cuda(index)).first->second;
}

MutableTensorView host_view(const Napi::Value& value, const char* name) {
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

Operands::Operands(const Napi::CallbackInfo& info) : info_(info), device_(nullptr) {
  for (std::size_t i = 0; i < info.Length() && device_ == nullptr; ++i) {
    if (info[i].IsTypedArray()) continue;
    if (const DeviceTensor* tensor = DeviceTensor::from(info[i])) device_ = &tensor->device();
  }
  if (device_ == nullptr) device_ = &cpu_device(info.Env());
}

MutableTensorView Operands::view(std::size_t argument, const char* name) const {
  if (device_->kind() == DeviceKind::cpu) return host_view(info_[argument], name);
  const DeviceTensor* tensor = DeviceTensor::from(info_[argument]);
  if (tensor == nullptr || tensor->device().stream() != device_->stream()) {
    throw Error(ErrorCode::invalid_argument, std::string(name) + " must be a DeviceTensor on " +
                                                 device_->name() + ", as the other tensors are");
  }
  return tensor->view(name);
}

void Operands::require_type(DType actual, DType expected, const char* name) {
  if (actual == expected) return;
  throw Error(ErrorCode::invalid_argument, std::string(name) + " must be " + dtype_name(expected) +
                                               ", not " + dtype_name(actual));
}

std::span<const float> Operands::optional_span(std::size_t argument, const char* name) const {
  if (info_[argument].IsUndefined()) return {};
  const std::span<const float> elements = span<float>(argument, name);
  require(!elements.empty(), std::string(name) + " must not be empty");
  return elements;
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
