#include "device_tensor.h"

#include <array>
#include <limits>

#include "tensor.h"
#include "trialforge/strided_copy.h"

namespace trialforge::binding {
namespace {

constexpr napi_type_tag device_tensor_tag = {0x7472'6961'6c66'6f72, 0x6465'7669'6365'7401};

DType dtype_of(const Napi::Value& value) {
  const std::string name = string_of(value, "dtype");
  for (const DType type : {DType::float32, DType::int32, DType::bool8}) {
    if (name == dtype_name(type)) return type;
  }
  throw Error(ErrorCode::invalid_argument,
              "dtype must be 'float32', 'int32' or 'bool', not '" + name + "'");
}

/** Waits until all that this environment has submitted to a device is done. */
void synchronize(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] { cuda_device(info.Env(), int_of(info[0], "device")).synchronize(); });
}

}  // namespace

Napi::Function DeviceTensor::define(Napi::Env env) {
  return DefineClass(
      env, "DeviceTensor",
      {InstanceMethod<&DeviceTensor::upload>("upload"), InstanceMethod<&DeviceTensor::fill>("fill"),
       InstanceMethod<&DeviceTensor::download>("download"),
       InstanceMethod<&DeviceTensor::read>("read"),
       InstanceMethod<&DeviceTensor::dispose>("dispose"),
       InstanceAccessor<&DeviceTensor::length>("length"),
       InstanceAccessor<&DeviceTensor::dtype>("dtype")});
}

DeviceTensor::DeviceTensor(const Napi::CallbackInfo& info) : Napi::ObjectWrap<DeviceTensor>(info) {
  guarded(info.Env(), [&] {
    device_ = cuda_device(info.Env(), int_of(info[0], "device"));
    dtype_ = dtype_of(info[1]);
    length_ = count_of(info[2], "length");
    buffer_ =
        std::make_shared<Buffer>(*device_, length_ * bytes_of(dtype_), BufferContents::anything);
    if (!info[3].IsUndefined()) copy_in(info[3]);
  });
  info.This().As<Napi::Object>().TypeTag(&device_tensor_tag);
  memory_.set(info.Env(), buffer_->bytes());
}

void DeviceTensor::Finalize(Napi::BasicEnv env) { memory_.set(env, 0); }

DeviceTensor* DeviceTensor::from(const Napi::Value& value) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&device_tensor_tag)) {
    return nullptr;
  }
  return Unwrap(value.As<Napi::Object>());
}

MutableTensorView DeviceTensor::view(const char* name) const {
  if (buffer_ == nullptr) {
    throw Error(ErrorCode::invalid_argument, std::string(name) + " has been disposed");
  }
  return {dtype_, buffer_->data(), length_};
}

std::shared_ptr<const Buffer> DeviceTensor::living() const {
  require(buffer_ != nullptr, "the device tensor has been disposed");
  return buffer_;
}

void DeviceTensor::copy_in(const Napi::Value& values) {
  const MutableTensorView source = host_view(values, "values");
  require(source.dtype == dtype_, std::string("values must be ") + dtype_name(dtype_) +
                                      " elements, not " + dtype_name(source.dtype));
  require(source.size == length_, "values must have " + std::to_string(length_) +
                                      " elements, not " + std::to_string(source.size));
  buffer_->queue_from_host(source.data, length_ * bytes_of(dtype_));
}

Napi::Value DeviceTensor::new_host_array(Napi::Env env) const {
  switch (dtype_) {
    case DType::float32:
      return new_array<float>(env, length_);
    case DType::int32:
      return new_array<std::int32_t>(env, length_);
    case DType::bool8:
      break;
  }
  return new_array<std::uint8_t>(env, length_);
}

/** (values) */
void DeviceTensor::upload(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    living();
    copy_in(info[0]);
  });
}

/** (value), as TypedArray.prototype.fill of all elements. */
void DeviceTensor::fill(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const MutableTensorView y = view("the device tensor");
    require(info[0].IsNumber() || info[0].IsBoolean(), "value must be a number or a boolean");
    require(length_ <= static_cast<std::size_t>(std::numeric_limits<int>::max()),
            "a device tensor to fill must have fewer than 2^31 elements");
    if (length_ == 0) return;
    const Napi::Number number = info[0].ToNumber();
    const float as_float = number.FloatValue();
    const std::int32_t as_int = number.Int32Value();
    const auto as_byte = static_cast<std::uint8_t>(as_int);
    const void* const value = dtype_ == DType::float32 ? static_cast<const void*>(&as_float)
                              : dtype_ == DType::int32 ? static_cast<const void*>(&as_int)
                                                       : static_cast<const void*>(&as_byte);
    Buffer scalar(*device_, bytes_of(dtype_), BufferContents::anything);
    scalar.queue_from_host(value, scalar.bytes());
    const std::array<int, 1> shape = {static_cast<int>(length_)}, still = {0}, step = {1};
    strided_copy(*device_, shape, still, 0, step, 0, TensorView(dtype_, scalar.data(), 1), y);
  });
}

/** The elements in a typed array of their own. */
Napi::Value DeviceTensor::download(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto buffer = living();
    const Napi::Value array = new_host_array(info.Env());
    buffer->copy_to_host(host_view(array, "the new array").data, buffer->bytes());
    return array;
  });
}

/** A promise of the same. A thread of its own submits the copy to the stream, and waits. */
Napi::Value DeviceTensor::read(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto buffer = living();
    const Napi::Value array = new_host_array(info.Env());
    // Nobody else has the array before the promise resolves, and the reference keeps it.
    void* const target = host_view(array, "the new array").data;
    const auto kept = std::make_shared<Napi::Reference<Napi::Value>>(Napi::Persistent(array));
    const Napi::Object job = Job::start(
        info.Env(), info.Env().Undefined(),
        [buffer, target](Job&) { buffer->copy_to_host(target, buffer->bytes()); },
        [buffer, kept](Napi::Env env, bool failed) {
          return failed ? env.Undefined() : kept->Value();
        });
    return job.Get("promise");
  });
}

/** Gives the memory back at once, behind the work submitted before. */
void DeviceTensor::dispose(const Napi::CallbackInfo& info) {
  buffer_.reset();
  memory_.set(info.Env(), 0);
}

Napi::Value DeviceTensor::length(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(length_));
}

Napi::Value DeviceTensor::dtype(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), dtype_name(dtype_));
}

void init_device_tensor(Napi::Env env, Napi::Object exports) {
  exports.Set("DeviceTensor", DeviceTensor::define(env));
  exports.Set("synchronize", Napi::Function::New(env, synchronize, "synchronize"));
}

}  // namespace trialforge::binding
