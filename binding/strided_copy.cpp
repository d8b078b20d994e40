#include "trialforge/strided_copy.h"

#include "tensor.h"

namespace trialforge::binding {
namespace {

/** (shape, fromStrides, fromOffset, toStrides, toOffset, from, to) */
void run_strided_copy(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const Operands operands(info);
    strided_copy(operands.device(), span_of<std::int32_t>(info[0], "shape"),
                 span_of<std::int32_t>(info[1], "fromStrides"), int_of(info[2], "fromOffset"),
                 span_of<std::int32_t>(info[3], "toStrides"), int_of(info[4], "toOffset"),
                 operands.tensor(5, "from"), operands.mutable_tensor(6, "to"));
  });
}

}  // namespace

void init_strided_copy(Napi::Env env, Napi::Object exports) {
  exports.Set("stridedCopy", Napi::Function::New(env, run_strided_copy, "stridedCopy"));
}

}  // namespace trialforge::binding
