#include "trialforge/reduce.h"

#include "sizes.h"
#include "tensor.h"

namespace trialforge::binding {
namespace {

ReduceShape shape_of(const Napi::CallbackInfo& info) {
  return {int_of(info[1], "outer"), int_of(info[2], "reduced"), int_of(info[3], "inner")};
}

/** (op, outer, reduced, inner, x, y) */
void run_reduce(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const Operands operands(info);
    constexpr int n_ops = static_cast<int>(ReduceOp::any) + 1;
    reduce(operands.device(), enum_of<ReduceOp>(info[0], "op", n_ops), shape_of(info),
           operands.tensor(4, "x"), operands.mutable_tensor(5, "y"));
  });
}

/** (op, outer, reduced, inner, x, y) */
void run_arg_reduce(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const Operands operands(info);
    constexpr int n_ops = static_cast<int>(ArgOp::min) + 1;
    arg_reduce(operands.device(), enum_of<ArgOp>(info[0], "op", n_ops), shape_of(info),
               operands.tensor(4, "x"), operands.mutable_tensor(5, "y"));
  });
}

}  // namespace

void init_reduce(Napi::Env env, Napi::Object exports) {
  exports.Set("reduce", Napi::Function::New(env, run_reduce, "reduce"));
  exports.Set("argReduce", Napi::Function::New(env, run_arg_reduce, "argReduce"));
}

}  // namespace trialforge::binding
