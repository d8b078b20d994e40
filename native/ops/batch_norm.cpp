#include "trialforge/batch_norm.h"

#include "cpu/ops.h"
#include "cuda/backend.h"
#include "ops/check.h"

namespace trialforge {

void batch_norm_inference(const Device& device, int pixels, int channels, std::span<const float> x,
                          std::span<const float> mean, std::span<const float> variance,
                          std::span<const float> scale, std::span<const float> offset,
                          float epsilon, std::span<float> y) {
  require(pixels >= 0, "batch_norm: pixels must be 0 or more, not " + std::to_string(pixels));
  require_positive("batch_norm: channels", channels);
  const std::size_t n = checked_size("batch_norm: x", {pixels, channels});
  const std::size_t c = static_cast<std::size_t>(channels);
  require_size("batch_norm: x", x, n);
  require_size("batch_norm: mean", mean, c);
  require_size("batch_norm: variance", variance, c);
  if (!scale.empty()) require_size("batch_norm: scale", scale, c);
  if (!offset.empty()) require_size("batch_norm: offset", offset, c);
  require_size("batch_norm: y", y, n);
  if (n == 0) return;
  const float* const factors = scale.empty() ? nullptr : scale.data();
  const float* const offsets = offset.empty() ? nullptr : offset.data();
  if (device.kind() == DeviceKind::cpu) {
    cpu::batch_norm_inference(device.pool(), pixels, channels, x.data(), mean.data(),
                              variance.data(), factors, offsets, epsilon, y.data());
  } else {
    cuda::batch_norm_inference(cuda::queue_of(device), pixels, channels, x.data(), mean.data(),
                               variance.data(), factors, offsets, epsilon, y.data());
  }
}

}  // namespace trialforge
