#include "trialforge/depthwise_conv2d.h"

#include "sizes.h"
#include "tensor.h"

namespace trialforge::binding {
namespace {

/**
 * sizes = [batch, inHeight, inWidth, inChannels, kernelHeight, kernelWidth, multiplier,
 * strideHeight, strideWidth, dilationHeight, dilationWidth, padding], padding 0: valid, 1: same.
 */
DepthwiseConv2dShape shape_of(const Napi::CallbackInfo& info) {
  const auto n = sizes_of<12>(info[0], "sizes");
  require(n[11] == 0 || n[11] == 1, "sizes[11], the padding, must be 0 or 1");
  return {.batch = n[0],
          .in_height = n[1],
          .in_width = n[2],
          .in_channels = n[3],
          .kernel_height = n[4],
          .kernel_width = n[5],
          .multiplier = n[6],
          .stride_height = n[7],
          .stride_width = n[8],
          .dilation_height = n[9],
          .dilation_width = n[10],
          .padding = n[11] == 1 ? Padding::same : Padding::valid};
}

/** (sizes, x, w, y) */
void run_forward(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const Operands operands(info);
    depthwise_conv2d_forward(operands.device(), shape_of(info), operands.span<float>(1, "x"),
                             operands.span<float>(2, "w"), operands.span<float>(3, "y"));
  });
}

/** (sizes, dy, w, dx) */
void run_backward_input(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const Operands operands(info);
    depthwise_conv2d_backward_input(operands.device(), shape_of(info),
                                    operands.span<float>(1, "dy"), operands.span<float>(2, "w"),
                                    operands.span<float>(3, "dx"));
  });
}

/** (sizes, x, dy, dw) */
void run_backward_filter(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const Operands operands(info);
    depthwise_conv2d_backward_filter(operands.device(), shape_of(info),
                                     operands.span<float>(1, "x"), operands.span<float>(2, "dy"),
                                     operands.span<float>(3, "dw"));
  });
}

}  // namespace

void init_depthwise_conv2d(Napi::Env env, Napi::Object exports) {
  exports.Set("depthwiseConv2d", Napi::Function::New(env, run_forward, "depthwiseConv2d"));
  exports.Set("depthwiseConv2dBackpropInput",
              Napi::Function::New(env, run_backward_input, "depthwiseConv2dBackpropInput"));
  exports.Set("depthwiseConv2dBackpropFilter",
              Napi::Function::New(env, run_backward_filter, "depthwiseConv2dBackpropFilter"));
}

}  // namespace trialforge::binding
