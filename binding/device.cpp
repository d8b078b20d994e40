#include "trialforge/device.h"

#include "binding.h"

namespace trialforge::binding {
namespace {

double count(std::size_t bytes) { return static_cast<double>(bytes); }

Napi::Object cuda_device_object(Napi::Env env, const CudaDeviceInfo& device) {
  Napi::Object result = Napi::Object::New(env);
  result.Set("index", device.index);
  result.Set("name", device.name);
  result.Set("computeMajor", device.compute_major);
  result.Set("computeMinor", device.compute_minor);
  result.Set("multiprocessors", device.multiprocessors);
  result.Set("totalBytes", count(device.total_bytes));
  result.Set("freeBytes", count(device.free_bytes));
  return result;
}

Napi::Value capabilities_object(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Capabilities found = guarded(env, [] { return capabilities(); });
  Napi::Object result = Napi::Object::New(env);
  result.Set("compiler", found.compiler);
  result.Set("cpuModel", found.cpu_model);
  result.Set("cpuCores", found.cpu_cores);
  Napi::Array features = Napi::Array::New(env, found.cpu_features.size());
  for (std::uint32_t i = 0; i < found.cpu_features.size(); ++i) {
    features.Set(i, found.cpu_features[i]);
  }
  result.Set("cpuFeatures", features);
  result.Set("instructionSet", found.instruction_set);
  result.Set("builtWithCuda", found.built_with_cuda);
  result.Set("cudaRuntimeVersion", found.cuda_runtime_version);
  result.Set("cudaDriverVersion", found.cuda_driver_version);
  Napi::Array devices = Napi::Array::New(env, found.cuda_devices.size());
  for (std::uint32_t i = 0; i < found.cuda_devices.size(); ++i) {
    devices.Set(i, cuda_device_object(env, found.cuda_devices[i]));
  }
  result.Set("cudaDevices", devices);
  result.Set("cudaUnavailableReason", found.cuda_unavailable_reason);
  return result;
}

Napi::Value device_count(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), cuda_device_count());
}

}  // namespace

void init_device(Napi::Env env, Napi::Object exports) {
  exports.Set("cudaDeviceCount", Napi::Function::New(env, device_count, "cudaDeviceCount"));
  exports.Set("capabilities", Napi::Function::New(env, capabilities_object, "capabilities"));
}

}  // namespace trialforge::binding
