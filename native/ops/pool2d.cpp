#include "trialforge/pool2d.h"

#include "cpu/ops.h"
#include "cuda/backend.h"
#include "ops/check.h"
#include "ops/window.h"
#include "trialforge/buffer.h"

namespace trialforge {
namespace {

WindowAxis rows(const Pool2dShape& s) {
  return {s.in_height, s.pool_height, s.stride_height, s.padding};
}

WindowAxis columns(const Pool2dShape& s) {
  return {s.in_width, s.pool_width, s.stride_width, s.padding};
}

}  // namespace

int Pool2dShape::out_height() const noexcept { return rows(*this).out(); }
int Pool2dShape::out_width() const noexcept { return columns(*this).out(); }
int Pool2dShape::pad_top() const noexcept { return rows(*this).pad_before(); }
int Pool2dShape::pad_left() const noexcept { return columns(*this).pad_before(); }

std::size_t Pool2dShape::x_size() const noexcept {
  return static_cast<std::size_t>(batch) * in_height * in_width * channels;
}
std::size_t Pool2dShape::y_size() const noexcept {
  return static_cast<std::size_t>(batch) * out_height() * out_width() * channels;
}

void Pool2dShape::validate() const {
  require(batch >= 0, "pool2d: batch must be 0 or more, not " + std::to_string(batch));
  require_positive("pool2d: in_height", in_height);
  require_positive("pool2d: in_width", in_width);
  require_positive("pool2d: channels", channels);
  require_positive("pool2d: pool_height", pool_height);
  require_positive("pool2d: pool_width", pool_width);
  require_positive("pool2d: stride_height", stride_height);
  require_positive("pool2d: stride_width", stride_width);
  rows(*this).validate("pool2d", "height");
  columns(*this).validate("pool2d", "width");
  checked_size("pool2d: x", {batch, in_height, in_width, channels});
  checked_size("pool2d: y", {batch, out_height(), out_width(), channels});
}

void max_pool2d_forward(const Device& device, const Pool2dShape& s, std::span<const float> x,
                        std::span<float> y, std::span<std::int32_t> argmax) {
  s.validate();
  require_size("pool2d: x", x, s.x_size());
  require_size("pool2d: y", y, s.y_size());
  if (!argmax.empty()) require_size("pool2d: argmax", argmax, s.y_size());
  if (s.batch == 0) return;
  if (device.kind() == DeviceKind::cuda) {
    cuda::max_pool2d_forward(cuda::queue_of(device), s, x.data(), y.data(),
                             argmax.empty() ? nullptr : argmax.data());
    return;
  }
  cpu::max_pool2d_forward(device.pool(), s, x.data(), y.data(),
                          argmax.empty() ? nullptr : argmax.data());
}

void max_pool2d_backward(const Device& device, const Pool2dShape& s, std::span<const float> dy,
                         std::span<const std::int32_t> argmax, std::span<float> dx) {
  s.validate();
  require_size("pool2d: dy", dy, s.y_size());
  require_size("pool2d: argmax", argmax, s.y_size());
  require_size("pool2d: dx", dx, s.x_size());
  if (s.batch == 0) return;
  if (device.kind() == DeviceKind::cuda) {
    cuda::max_pool2d_backward(cuda::queue_of(device), s, dy.data(), argmax.data(),
                              Activation::linear, nullptr, dx.data());
    return;
  }
  const std::int64_t image = static_cast<std::int64_t>(s.in_height) * s.in_width * s.channels;
  for (const std::int32_t position : argmax) {
    if (position >= 0 && position < image) continue;
    // Not by require(), which would make the message for every element.
    throw Error(ErrorCode::invalid_argument, "pool2d: argmax holds " + std::to_string(position) +
                                                 ", outside an image of " + std::to_string(image) +
                                                 " elements");
  }
  cpu::max_pool2d_backward(device.pool(), s, dy.data(), argmax.data(), dx.data());
}

void max_pool2d_input_gradient(const Device& device, const Pool2dShape& s, std::span<const float> x,
                               std::span<const float> dy, std::span<float> dx) {
  s.validate();
  require_size("pool2d: x", x, s.x_size());
  require_size("pool2d: dy", dy, s.y_size());
  require_size("pool2d: dx", dx, s.x_size());
  if (s.batch == 0) return;
  if (device.kind() == DeviceKind::cuda) {
    const Buffer workspace(device,
                           cuda::max_pool2d_input_gradient_workspace(s) * sizeof(std::int32_t),
                           BufferContents::anything);
    cuda::max_pool2d_input_gradient(cuda::queue_of(device), s, x.data(), dy.data(), dx.data(),
                                    workspace.as<std::int32_t>().data());
    return;
  }
  cpu::max_pool2d_input_gradient(device.pool(), s, x.data(), dy.data(), dx.data());
}

void average_pool2d_forward(const Device& device, const Pool2dShape& s, std::span<const float> x,
                            std::span<float> y) {
  s.validate();
  require_size("pool2d: x", x, s.x_size());
  require_size("pool2d: y", y, s.y_size());
  if (s.batch == 0) return;
  if (device.kind() == DeviceKind::cuda) {
    cuda::average_pool2d_forward(cuda::queue_of(device), s, x.data(), y.data());
    return;
  }
  cpu::average_pool2d_forward(device.pool(), s, x.data(), y.data());
}

void average_pool2d_backward(const Device& device, const Pool2dShape& s, std::span<const float> dy,
                             std::span<float> dx) {
  s.validate();
  require_size("pool2d: dy", dy, s.y_size());
  require_size("pool2d: dx", dx, s.x_size());
  if (s.batch == 0) return;
  if (device.kind() == DeviceKind::cuda) {
    cuda::average_pool2d_backward(cuda::queue_of(device), s, dy.data(), dx.data());
    return;
  }
  cpu::average_pool2d_backward(device.pool(), s, dy.data(), dx.data());
}

}  // namespace trialforge
