#include "trialforge/pool2d.h"

#include "tensor.h"

namespace trialforge::binding {
namespace {

/** Batch, in height, width and channels, pool height and width, strides, padding (0: valid, 1:
 * same), and 1 where max pooling skips NaN. */
Pool2dShape shape_of(const Napi::Value& value) {
  const auto n = sizes_of<10>(value);
  return {.batch = n[0],
          .in_height = n[1],
          .in_width = n[2],
          .channels = n[3],
          .pool_height = n[4],
          .pool_width = n[5],
          .stride_height = n[6],
          .stride_width = n[7],
          .padding = n[8] == 0 ? Padding::valid : Padding::same,
          .skip_nan = n[9] != 0};
}

void max_pool(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const Operands operands(info);
    max_pool2d_forward(operands.device(), shape_of(info[0]), operands.span<float>(1, "x"),
                       operands.span<float>(2, "y"), {});
  });
}

void max_pool_grad(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const Operands operands(info);
    max_pool2d_input_gradient(operands.device(), shape_of(info[0]), operands.span<float>(1, "x"),
                              operands.span<float>(2, "dy"), operands.span<float>(3, "dx"));
  });
}

void average_pool(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const Operands operands(info);
    average_pool2d_forward(operands.device(), shape_of(info[0]), operands.span<float>(1, "x"),
                           operands.span<float>(2, "y"));
  });
}

void average_pool_grad(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const Operands operands(info);
    average_pool2d_backward(operands.device(), shape_of(info[0]), operands.span<float>(1, "dy"),
                            operands.span<float>(2, "dx"));
  });
}

}  // namespace

void init_pool2d(Napi::Env env, Napi::Object exports) {
  exports.Set("maxPool2d", Napi::Function::New(env, max_pool, "maxPool2d"));
  exports.Set("maxPool2dGrad", Napi::Function::New(env, max_pool_grad, "maxPool2dGrad"));
  exports.Set("averagePool2d", Napi::Function::New(env, average_pool, "averagePool2d"));
  exports.Set("averagePool2dGrad",
              Napi::Function::New(env, average_pool_grad, "averagePool2dGrad"));
}

}  // namespace trialforge::binding
