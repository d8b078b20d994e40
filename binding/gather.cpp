#include "trialforge/gather.h"

#include "sizes.h"
#include "tensor.h"

namespace trialforge::binding {
namespace {

/** (sizes, x, indices, y) with sizes = [batch, outer, axis, inner, indicesPerBatch] */
void run_gather(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const Operands operands(info);
    const auto [batch, outer, axis, inner, indices] = sizes_of<5>(info[0], "sizes");
    gather(operands.device(), {batch, outer, axis, inner, indices}, operands.tensor(1, "x"),
           operands.span<std::int32_t>(2, "indices"), operands.mutable_tensor(3, "y"));
  });
}

/** (depth, on, off, indices, y) */
void run_one_hot(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const Operands operands(info);
    one_hot(operands.device(), int_of(info[0], "depth"), number_of(info[1], "on"),
            number_of(info[2], "off"), operands.span<std::int32_t>(3, "indices"),
            operands.mutable_tensor(4, "y"));
  });
}

}  // namespace

void init_gather(Napi::Env env, Napi::Object exports) {
  exports.Set("gather", Napi::Function::New(env, run_gather, "gather"));
  exports.Set("oneHot", Napi::Function::New(env, run_one_hot, "oneHot"));
}

}  // namespace trialforge::binding
