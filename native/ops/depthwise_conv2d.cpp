#include "trialforge/depthwise_conv2d.h"

#include "cpu/ops.h"
#include "cuda/backend.h"
#include "ops/check.h"
#include "ops/views.h"
#include "ops/window.h"
#include "trialforge/buffer.h"

namespace trialforge {
namespace {

WindowAxis rows(const DepthwiseConv2dShape& s) {
  return {s.in_height, (s.kernel_height - 1) * s.dilation_height + 1, s.stride_height, s.padding};
}

WindowAxis columns(const DepthwiseConv2dShape& s) {
  return {s.in_width, (s.kernel_width - 1) * s.dilation_width + 1, s.stride_width, s.padding};
}

}  // namespace

int DepthwiseConv2dShape::out_height() const noexcept { return rows(*this).out(); }
int DepthwiseConv2dShape::out_width() const noexcept { return columns(*this).out(); }
int DepthwiseConv2dShape::pad_top() const noexcept { return rows(*this).pad_before(); }
int DepthwiseConv2dShape::pad_left() const noexcept { return columns(*this).pad_before(); }

std::size_t DepthwiseConv2dShape::x_size() const noexcept {
  return static_cast<std::size_t>(batch) * in_height * in_width * in_channels;
}
std::size_t DepthwiseConv2dShape::w_size() const noexcept {
  return static_cast<std::size_t>(kernel_height) * kernel_width * in_channels * multiplier;
}
std::size_t DepthwiseConv2dShape::y_size() const noexcept {
  return static_cast<std::size_t>(batch) * out_height() * out_width() * out_channels();
}

void DepthwiseConv2dShape::validate() const {
  require(batch >= 0, "depthwise_conv2d: batch must be 0 or more, not " + std::to_string(batch));
  require_positive("depthwise_conv2d: in_height", in_height);
  require_positive("depthwise_conv2d: in_width", in_width);
  require_positive("depthwise_conv2d: in_channels", in_channels);
  require_positive("depthwise_conv2d: kernel_height", kernel_height);
  require_positive("depthwise_conv2d: kernel_width", kernel_width);
  require_positive("depthwise_conv2d: multiplier", multiplier);
  require_positive("depthwise_conv2d: stride_height", stride_height);
  require_positive("depthwise_conv2d: stride_width", stride_width);
  require_positive("depthwise_conv2d: dilation_height", dilation_height);
  require_positive("depthwise_conv2d: dilation_width", dilation_width);
  checked_size("depthwise_conv2d: the kernel", {kernel_height, dilation_height});
  checked_size("depthwise_conv2d: the kernel", {kernel_width, dilation_width});
  rows(*this).validate("depthwise_conv2d", "height");
  columns(*this).validate("depthwise_conv2d", "width");
  checked_size("depthwise_conv2d: x", {batch, in_height, in_width, in_channels});
  checked_size("depthwise_conv2d: w", {kernel_height, kernel_width, in_channels, multiplier});
  checked_size("depthwise_conv2d: y", {batch, out_height(), out_width(), in_channels, multiplier});
}

void depthwise_conv2d_forward(const Device& device, const DepthwiseConv2dShape& s,
                              std::span<const float> x, std::span<const float> w,
                              std::span<float> y) {
  s.validate();
  require_size("depthwise_conv2d: x", x, s.x_size());
  require_size("depthwise_conv2d: w", w, s.w_size());
  require_size("depthwise_conv2d: y", y, s.y_size());
  require_apart("depthwise_conv2d", x, y);
  require_apart("depthwise_conv2d", w, y);
  if (s.batch == 0) return;
  if (device.kind() == DeviceKind::cuda) {
    cuda::depthwise_conv2d_forward(cuda::queue_of(device), s, x.data(), w.data(), y.data());
    return;
  }
  cpu::depthwise_conv2d_forward(device.pool(), s, x.data(), w.data(), y.data());
}

void depthwise_conv2d_backward_input(const Device& device, const DepthwiseConv2dShape& s,
                                     std::span<const float> dy, std::span<const float> w,
                                     std::span<float> dx) {
  s.validate();
  require_size("depthwise_conv2d: dy", dy, s.y_size());
  require_size("depthwise_conv2d: w", w, s.w_size());
  require_size("depthwise_conv2d: dx", dx, s.x_size());
  require_apart("depthwise_conv2d", dy, dx);
  require_apart("depthwise_conv2d", w, dx);
  if (s.batch == 0) return;
  if (device.kind() == DeviceKind::cuda) {
    cuda::depthwise_conv2d_backward_input(cuda::queue_of(device), s, dy.data(), w.data(),
                                          dx.data());
    return;
  }
  cpu::depthwise_conv2d_backward_input(device.pool(), s, dy.data(), w.data(), dx.data());
}

void depthwise_conv2d_backward_filter(const Device& device, const DepthwiseConv2dShape& s,
                                      std::span<const float> x, std::span<const float> dy,
                                      std::span<float> dw) {
  s.validate();
  require_size("depthwise_conv2d: x", x, s.x_size());
  require_size("depthwise_conv2d: dy", dy, s.y_size());
  require_size("depthwise_conv2d: dw", dw, s.w_size());
  require_apart("depthwise_conv2d", x, dw);
  require_apart("depthwise_conv2d", dy, dw);
  if (device.kind() == DeviceKind::cuda) {
    const Buffer workspace(device,
                           cuda::depthwise_conv2d_backward_filter_workspace(s) * sizeof(float),
                           BufferContents::anything);
    cuda::depthwise_conv2d_backward_filter(cuda::queue_of(device), s, x.data(), dy.data(),
                                           dw.data(), workspace.as<float>().data());
    return;
  }
  cpu::depthwise_conv2d_backward_filter(device.pool(), s, x.data(), dy.data(), dw.data());
}

}  // namespace trialforge
