#include "trialforge/batch_norm.h"

#include "tensor.h"

namespace trialforge::binding {
namespace {

/** (pixels, channels, x, mean, variance, scale | undefined, offset | undefined, epsilon, y) */
void run_batch_norm(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const Operands operands(info);
    batch_norm_inference(operands.device(), int_of(info[0], "pixels"), int_of(info[1], "channels"),
                         operands.span<float>(2, "x"), operands.span<float>(3, "mean"),
                         operands.span<float>(4, "variance"), operands.optional_span(5, "scale"),
                         operands.optional_span(6, "offset"),
                         static_cast<float>(number_of(info[7], "epsilon")),
                         operands.span<float>(8, "y"));
  });
}

}  // namespace

void init_batch_norm(Napi::Env env, Napi::Object exports) {
  exports.Set("batchNorm", Napi::Function::New(env, run_batch_norm, "batchNorm"));
}

}  // namespace trialforge::binding
