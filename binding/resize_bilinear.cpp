#include "trialforge/resize_bilinear.h"

#include "sizes.h"
#include "tensor.h"

namespace trialforge::binding {
namespace {

/** (sizes, alignCorners, halfPixelCenters, ..), sizes = [batch, inH, inW, channels, outH, outW] */
ResizeShape shape_of(const Napi::CallbackInfo& info) {
  const auto [batch, in_height, in_width, channels, out_height, out_width] =
      sizes_of<6>(info[0], "sizes");
  return {batch,
          in_height,
          in_width,
          channels,
          out_height,
          out_width,
          bool_of(info[1], "alignCorners"),
          bool_of(info[2], "halfPixelCenters")};
}

/** (.., x, y) */
void run_resize(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const Operands operands(info);
    resize_bilinear_forward(operands.device(), shape_of(info), operands.span<float>(3, "x"),
                            operands.span<float>(4, "y"));
  });
}

/** (.., dy, dx) */
void run_resize_gradient(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const Operands operands(info);
    resize_bilinear_backward(operands.device(), shape_of(info), operands.span<float>(3, "dy"),
                             operands.span<float>(4, "dx"));
  });
}

}  // namespace

void init_resize_bilinear(Napi::Env env, Napi::Object exports) {
  exports.Set("resizeBilinear", Napi::Function::New(env, run_resize, "resizeBilinear"));
  exports.Set("resizeBilinearGrad",
              Napi::Function::New(env, run_resize_gradient, "resizeBilinearGrad"));
}

}  // namespace trialforge::binding
