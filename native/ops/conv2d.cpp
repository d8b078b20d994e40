#include "trialforge/conv2d.h"

#include "cpu/ops.h"
#include "cuda/backend.h"
#include "ops/check.h"
#include "ops/require_precision.h"
#include "ops/window.h"
#include "trialforge/buffer.h"

namespace trialforge {
namespace {

WindowAxis rows(const Conv2dShape& s) {
  return {s.in_height, (s.kernel_height - 1) * s.dilation_height + 1, s.stride_height, s.padding};
}

WindowAxis columns(const Conv2dShape& s) {
  return {s.in_width, (s.kernel_width - 1) * s.dilation_width + 1, s.stride_width, s.padding};
}

}  // namespace

int Conv2dShape::out_height() const noexcept { return rows(*this).out(); }
int Conv2dShape::out_width() const noexcept { return columns(*this).out(); }
int Conv2dShape::pad_top() const noexcept { return rows(*this).pad_before(); }
int Conv2dShape::pad_left() const noexcept { return columns(*this).pad_before(); }

std::size_t Conv2dShape::x_size() const noexcept {
  return static_cast<std::size_t>(batch) * in_height * in_width * in_channels;
}
std::size_t Conv2dShape::w_size() const noexcept {
  return static_cast<std::size_t>(kernel_height) * kernel_width * in_channels * out_channels;
}
std::size_t Conv2dShape::y_size() const noexcept {
  return static_cast<std::size_t>(batch) * out_height() * out_width() * out_channels;
}

void Conv2dShape::validate() const {
  require(batch >= 0, "conv2d: batch must be 0 or more, not " + std::to_string(batch));
  require_positive("conv2d: in_height", in_height);
  require_positive("conv2d: in_width", in_width);
  require_positive("conv2d: in_channels", in_channels);
  require_positive("conv2d: kernel_height", kernel_height);
  require_positive("conv2d: kernel_width", kernel_width);
  require_positive("conv2d: out_channels", out_channels);
  require_positive("conv2d: stride_height", stride_height);
  require_positive("conv2d: stride_width", stride_width);
  require_positive("conv2d: dilation_height", dilation_height);
  require_positive("conv2d: dilation_width", dilation_width);
  checked_size("conv2d: the kernel", {kernel_height, dilation_height});
  checked_size("conv2d: the kernel", {kernel_width, dilation_width});
  rows(*this).validate("conv2d", "height");
  columns(*this).validate("conv2d", "width");
  checked_size("conv2d: x", {batch, in_height, in_width, in_channels});
  checked_size("conv2d: w", {kernel_height, kernel_width, in_channels, out_channels});
  checked_size("conv2d: y", {batch, out_height(), out_width(), out_channels});
  // One image with its padding, and dy with its stride, are built in memory.
  const auto padded = [](const WindowAxis& axis) {
    return static_cast<std::int64_t>(axis.in) + axis.reach - 1;
  };
  checked_size("conv2d: a padded image",
               {padded(rows(*this)), padded(columns(*this)), std::max(in_channels, out_channels)});
}

void conv2d_forward(const Device& device, const Conv2dShape& s, std::span<const float> x,
                    std::span<const float> w, std::span<const float> bias, Activation activation,
                    std::span<float> y, Precision precision) {
  s.validate();
  require_precision(device, precision);
  require_size("conv2d: x", x, s.x_size());
  require_size("conv2d: w", w, s.w_size());
  if (!bias.empty()) require_size("conv2d: bias", bias, static_cast<std::size_t>(s.out_channels));
  require_size("conv2d: y", y, s.y_size());
  const float* const bias_data = bias.empty() ? nullptr : bias.data();
  if (device.kind() == DeviceKind::cpu) {
    cpu::conv2d_block_forward(device.pool(), {.conv = s, .activation = activation}, x.data(),
                              w.data(), bias_data, {.y = y.data()});
  } else {
    cuda::conv2d_forward(cuda::queue_of(device), {}, precision, s, x.data(), w.data(), bias_data,
                         activation, y.data());
  }
}

void conv2d_backward_input(const Device& device, const Conv2dShape& s, std::span<const float> dy,
                           std::span<const float> w, std::span<float> dx, Precision precision) {
  s.validate();
  require_precision(device, precision);
  require_size("conv2d: dy", dy, s.y_size());
  require_size("conv2d: w", w, s.w_size());
  require_size("conv2d: dx", dx, s.x_size());
  if (device.kind() == DeviceKind::cpu) {
    cpu::conv2d_block_backward(device.pool(), {.conv = s}, nullptr, w.data(), {},
                               {.dy = dy.data(), .dx = dx.data()});
  } else {
    cuda::conv2d_backward_input(cuda::queue_of(device), {}, precision, s, dy.data(), w.data(), {},
                                dx.data());
  }
}

void conv2d_backward_filter(const Device& device, const Conv2dShape& s, std::span<const float> x,
                            std::span<const float> dy, std::span<float> dw, std::span<float> dbias,
                            Precision precision) {
  s.validate();
  require_precision(device, precision);
  require_size("conv2d: x", x, s.x_size());
  require_size("conv2d: dy", dy, s.y_size());
  require_size("conv2d: dw", dw, s.w_size());
  if (!dbias.empty()) {
    require_size("conv2d: dbias", dbias, static_cast<std::size_t>(s.out_channels));
  }
  float* const dbias_data = dbias.empty() ? nullptr : dbias.data();
  if (device.kind() == DeviceKind::cpu) {
    cpu::conv2d_block_backward(device.pool(), {.conv = s}, x.data(), nullptr, {},
                               {.dy = dy.data(), .dw = dw.data(), .dbias = dbias_data});
  } else {
    const std::size_t floats = cuda::conv2d_backward_filter_workspace({}, precision, s);
    const Buffer workspace(device, floats * sizeof(float), BufferContents::anything);
    cuda::conv2d_backward_filter(cuda::queue_of(device), {}, precision, s, x.data(), dy.data(),
                                 dw.data(), dbias_data, workspace.as<float>().data());
  }
}

}  // namespace trialforge
