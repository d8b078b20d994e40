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
    constexpr int n_ops = static_cast<int>(ReduceOp::any) + 1;
    reduce(op_device(info.Env()), enum_of<ReduceOp>(info[0], "op", n_ops), shape_of(info),
           tensor_of(info[4], "x"), mutable_tensor_of(info[5], "y"));
  });
}

/** (op, outer, reduced, inner, x, y) */
void run_arg_reduce(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    constexpr int n_ops = static_cast<int>(ArgOp::min) + 1;
    arg_reduce(op_device(info.Env()), enum_of<ArgOp>(info[0], "op", n_ops), shape_of(info),
               tensor_of(info[4], "x"), mutable_tensor_of(info[5], "y"));
  });
}

}  // namespace

void init_reduce(Napi::Env env, Napi::Object exports) {
  exports.Set("reduce", Napi::Function::New(env, run_reduce, "reduce"));
  exports.Set("argReduce", Napi::Function::New(env, run_arg_reduce, "argReduce"));
}

}  // namespace trialforge::binding
