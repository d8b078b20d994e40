#include "trialforge/conv2d.h"

#include "tensor.h"

namespace trialforge::binding {
namespace {

/** Batch, in height, width and channels, kernel height and width, filters, strides, dilations,
 * padding (0: valid, 1: same). */
Conv2dShape shape_of(const Napi::Value& value) {
  const auto n = sizes_of<12>(value);
  return {.batch = n[0],
          .in_height = n[1],
          .in_width = n[2],
          .in_channels = n[3],
          .kernel_height = n[4],
          .kernel_width = n[5],
          .out_channels = n[6],
          .stride_height = n[7],
          .stride_width = n[8],
          .dilation_height = n[9],
          .dilation_width = n[10],
          .padding = n[11] == 0 ? Padding::valid : Padding::same};
}

void forward(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const Operands operands(info);
    conv2d_forward(operands.device(), shape_of(info[0]), operands.span<float>(1, "x"),
                   operands.span<float>(2, "filter"), operands.optional_span(3, "bias"),
                   activation_of(info[4]), operands.span<float>(5, "y"));
  });
}

void backprop_input(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const Operands operands(info);
    conv2d_backward_input(operands.device(), shape_of(info[0]), operands.span<float>(1, "dy"),
                          operands.span<float>(2, "filter"), operands.span<float>(3, "dx"));
  });
}

void backprop_filter(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const Operands operands(info);
    conv2d_backward_filter(operands.device(), shape_of(info[0]), operands.span<float>(1, "x"),
                           operands.span<float>(2, "dy"), operands.span<float>(3, "dw"), {});
  });
}

}  // namespace

void init_conv2d(Napi::Env env, Napi::Object exports) {
  exports.Set("conv2d", Napi::Function::New(env, forward, "conv2d"));
  exports.Set("conv2dBackpropInput",
              Napi::Function::New(env, backprop_input, "conv2dBackpropInput"));
  exports.Set("conv2dBackpropFilter",
              Napi::Function::New(env, backprop_filter, "conv2dBackpropFilter"));
}

}  // namespace trialforge::binding
