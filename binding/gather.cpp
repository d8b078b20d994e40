#include "trialforge/gather.h"

#include "sizes.h"
#include "tensor.h"

namespace trialforge::binding {
namespace {

/** (sizes, x, indices, y) with sizes = [batch, outer, axis, inner, indicesPerBatch] */
void run_gather(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const auto [batch, outer, axis, inner, indices] = sizes_of<5>(info[0], "sizes");
    gather(op_device(info.Env()), {batch, outer, axis, inner, indices}, tensor_of(info[1], "x"),
           span_of<std::int32_t>(info[2], "indices"), mutable_tensor_of(info[3], "y"));
  });
}

/** (depth, on, off, indices, y) */
void run_one_hot(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    one_hot(op_device(info.Env()), int_of(info[0], "depth"), number_of(info[1], "on"),
            number_of(info[2], "off"), span_of<std::int32_t>(info[3], "indices"),
            mutable_tensor_of(info[4], "y"));
  });
}

}  // namespace

void init_gather(Napi::Env env, Napi::Object exports) {
  exports.Set("gather", Napi::Function::New(env, run_gather, "gather"));
  exports.Set("oneHot", Napi::Function::New(env, run_one_hot, "oneHot"));
}

}  // namespace trialforge::binding
