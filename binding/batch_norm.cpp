#include "trialforge/batch_norm.h"

#include "tensor.h"

namespace trialforge::binding {
namespace {

/** Nothing for undefined; an array that is given has to have its elements. */
std::span<const float> optional_of(const Napi::Value& value, const char* name) {
  if (value.IsUndefined()) return {};
  const std::span<const float> elements = span_of<float>(value, name);
  require(!elements.empty(), std::string(name) + " is empty");
  return elements;
}

/** (pixels, channels, x, mean, variance, scale | undefined, offset | undefined, epsilon, y) */
void run_batch_norm(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    batch_norm_inference(op_device(info.Env()), int_of(info[0], "pixels"),
                         int_of(info[1], "channels"), span_of<float>(info[2], "x"),
                         span_of<float>(info[3], "mean"), span_of<float>(info[4], "variance"),
                         optional_of(info[5], "scale"), optional_of(info[6], "offset"),
                         static_cast<float>(number_of(info[7], "epsilon")),
                         span_of<float>(info[8], "y"));
  });
}

}  // namespace

void init_batch_norm(Napi::Env env, Napi::Object exports) {
  exports.Set("batchNorm", Napi::Function::New(env, run_batch_norm, "batchNorm"));
}

}  // namespace trialforge::binding
