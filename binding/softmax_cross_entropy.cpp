#include "trialforge/softmax_cross_entropy.h"

#include "tensor.h"

namespace trialforge::binding {
namespace {

SoftmaxShape shape_of(const Napi::CallbackInfo& info) {
  return {int_of(info[0], "rows"), int_of(info[1], "classes")};
}

/** (rows, classes, x, y) */
void run_softmax(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const Operands operands(info);
    softmax_forward(operands.device(), shape_of(info), operands.span<float>(2, "x"),
                    operands.span<float>(3, "y"));
  });
}

/** (rows, classes, x, y) */
void run_log_softmax(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const Operands operands(info);
    log_softmax_forward(operands.device(), shape_of(info), operands.span<float>(2, "x"),
                        operands.span<float>(3, "y"));
  });
}

}  // namespace

void init_softmax(Napi::Env env, Napi::Object exports) {
  exports.Set("softmax", Napi::Function::New(env, run_softmax, "softmax"));
  exports.Set("logSoftmax", Napi::Function::New(env, run_log_softmax, "logSoftmax"));
}

}  // namespace trialforge::binding
