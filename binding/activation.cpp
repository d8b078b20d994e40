#include "trialforge/activation.h"

#include "tensor.h"

namespace trialforge::binding {
namespace {

void backward(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    activation_backward(op_device(info.Env()), activation_of(info[0]), span_of<float>(info[1], "y"),
                        span_of<float>(info[2], "dy"), span_of<float>(info[3], "dx"));
  });
}

}  // namespace

void init_activation(Napi::Env env, Napi::Object exports) {
  exports.Set("activationGrad", Napi::Function::New(env, backward, "activationGrad"));
}

}  // namespace trialforge::binding
