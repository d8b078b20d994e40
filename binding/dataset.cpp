#include <vector>

#include "binding.h"
#include "devices.h"
#include "handles.h"

namespace trialforge::binding {
namespace {

constexpr napi_type_tag dataset_tag = {0x7472'6961'6c66'6f72, 0x6461'7461'7365'7401};

std::shared_ptr<Dataset> make_dataset(const Napi::CallbackInfo& info) {
  const Device device = device_of(info[4], 1);
  const int sample_size = int_of(info[1], "sampleSize");
  require(sample_size >= 1, "sampleSize must be 1 or more, not " + std::to_string(sample_size));
  const auto size = static_cast<std::size_t>(sample_size);
  const bool is_float = info[0].IsTypedArray() &&
                        info[0].As<Napi::TypedArray>().TypedArrayType() == napi_float32_array;
  std::shared_ptr<Dataset> dataset;
  if (is_float) {
    dataset = std::make_shared<Dataset>(device, size,
                                        std::span<const float>(span_of<float>(info[0], "images")));
  } else {
    dataset = std::make_shared<Dataset>(
        device, size, std::span<const std::uint8_t>(span_of<std::uint8_t>(info[0], "images")));
  }
  if (info[2].IsUndefined()) return dataset;
  const int classes = int_of(info[3], "classes");
  if (info[2].IsTypedArray() &&
      info[2].As<Napi::TypedArray>().TypedArrayType() == napi_float32_array) {
    dataset->set_targets(span_of<float>(info[2], "labels"), classes);
  } else {
    // A copy: labels index memory, so they must not change between the check and the use, even if
    // their buffer is shared.
    const auto labels = span_of<std::int32_t>(info[2], "labels");
    dataset->set_labels(std::vector<std::int32_t>(labels.begin(), labels.end()), classes);
  }
  return dataset;
}

}  // namespace

Napi::Function DatasetHandle::define(Napi::Env env) {
  return DefineClass(env, "NativeDataset", {InstanceMethod<&DatasetHandle::dispose>("dispose")});
}

DatasetHandle::DatasetHandle(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<DatasetHandle>(info) {
  guarded(info.Env(), [&] { dataset_ = make_dataset(info); });
  info.This().As<Napi::Object>().TypeTag(&dataset_tag);
  memory_.set(info.Env(), dataset_->bytes());
}

void DatasetHandle::Finalize(Napi::BasicEnv env) { memory_.set(env, 0); }

void DatasetHandle::dispose(const Napi::CallbackInfo& info) {
  dataset_.reset();
  memory_.set(info.Env(), 0);
}

std::shared_ptr<const Dataset> DatasetHandle::from(const Napi::Value& value) {
  require(value.IsObject() && value.As<Napi::Object>().CheckTypeTag(&dataset_tag),
          "dataset must be a NativeDataset");
  const auto dataset = Unwrap(value.As<Napi::Object>())->dataset_;
  require(dataset != nullptr, "the dataset has been disposed");
  return dataset;
}

void init_dataset(Napi::Env env, Napi::Object exports) {
  exports.Set("NativeDataset", DatasetHandle::define(env));
}

}  // namespace trialforge::binding
