#include "trialforge/resize_bilinear.h"

#include "cpu/ops.h"
#include "cuda/backend.h"
#include "ops/check.h"
#include "ops/views.h"

namespace trialforge {

std::size_t ResizeShape::x_size() const noexcept {
  return static_cast<std::size_t>(batch) * in_height * in_width * channels;
}
std::size_t ResizeShape::y_size() const noexcept {
  return static_cast<std::size_t>(batch) * out_height * out_width * channels;
}

void ResizeShape::validate() const {
  require(batch >= 0, "resize_bilinear: batch must be 0 or more, not " + std::to_string(batch));
  require_positive("resize_bilinear: in_height", in_height);
  require_positive("resize_bilinear: in_width", in_width);
  require_positive("resize_bilinear: channels", channels);
  require_positive("resize_bilinear: out_height", out_height);
  require_positive("resize_bilinear: out_width", out_width);
  require(!(align_corners && half_pixel_centers),
          "resize_bilinear: align_corners and half_pixel_centers exclude each other");
  checked_size("resize_bilinear: x", {batch, in_height, in_width, channels});
  checked_size("resize_bilinear: y", {batch, out_height, out_width, channels});
  // Where each row and column of the output lies is kept in memory, also where there is no image.
  checked_size("resize_bilinear: an image", {in_height, in_width, channels});
  checked_size("resize_bilinear: an image", {out_height, out_width, channels});
}

void resize_bilinear_forward(const Device& device, const ResizeShape& s, std::span<const float> x,
                             std::span<float> y) {
  s.validate();
  require_size("resize_bilinear: x", x, s.x_size());
  require_size("resize_bilinear: y", y, s.y_size());
  require_apart("resize_bilinear", x, y);
  if (s.batch == 0) return;
  if (device.kind() == DeviceKind::cpu) {
    cpu::resize_bilinear_forward(device.pool(), s, x.data(), y.data());
  } else {
    cuda::resize_bilinear_forward(cuda::queue_of(device), s, x.data(), y.data());
  }
}

void resize_bilinear_backward(const Device& device, const ResizeShape& s, std::span<const float> dy,
                              std::span<float> dx) {
  s.validate();
  require_size("resize_bilinear: dy", dy, s.y_size());
  require_size("resize_bilinear: dx", dx, s.x_size());
  require_apart("resize_bilinear", dy, dx);
  if (s.batch == 0) return;
  if (device.kind() == DeviceKind::cpu) {
    cpu::resize_bilinear_backward(device.pool(), s, dy.data(), dx.data());
  } else {
    cuda::resize_bilinear_backward(cuda::queue_of(device), s, dy.data(), dx.data());
  }
}

}  // namespace trialforge
