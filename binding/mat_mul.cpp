#include "trialforge/mat_mul.h"

#include "tensor.h"

namespace trialforge::binding {
namespace {

/** Matrices in a and in b, m, k, n, and 1 where a and b are transposed. */
MatMulShape shape_of(const Napi::Value& value) {
  const auto n = sizes_of<7>(value);
  return {.batch_a = n[0],
          .batch_b = n[1],
          .m = n[2],
          .k = n[3],
          .n = n[4],
          .transpose_a = n[5] != 0,
          .transpose_b = n[6] != 0};
}

void run(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const Operands operands(info);
    mat_mul(operands.device(), shape_of(info[0]), operands.span<float>(1, "a"),
            operands.span<float>(2, "b"), operands.optional_span(3, "bias"), activation_of(info[4]),
            operands.span<float>(5, "y"));
  });
}

}  // namespace

void init_mat_mul(Napi::Env env, Napi::Object exports) {
  exports.Set("matMul", Napi::Function::New(env, run, "matMul"));
}

}  // namespace trialforge::binding
