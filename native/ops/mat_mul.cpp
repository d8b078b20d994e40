#include "trialforge/mat_mul.h"

#include "cpu/ops.h"
#include "cuda/backend.h"
#include "ops/check.h"
#include "ops/require_precision.h"

namespace trialforge {

std::size_t MatMulShape::a_size() const noexcept {
  return static_cast<std::size_t>(batch_a) * m * k;
}
std::size_t MatMulShape::b_size() const noexcept {
  return static_cast<std::size_t>(batch_b) * k * n;
}
std::size_t MatMulShape::y_size() const noexcept {
  return static_cast<std::size_t>(batch()) * m * n;
}

void MatMulShape::validate() const {
  for (const int size : {batch_a, batch_b, m, k, n}) {
    require(size >= 0, "mat_mul: sizes must be 0 or more, not " + std::to_string(size));
  }
  require(batch_a == batch_b || batch_a == 1 || batch_b == 1,
          "mat_mul: batches of " + std::to_string(batch_a) + " and " + std::to_string(batch_b) +
              " matrices differ");
  checked_size("mat_mul: a", {batch_a, m, k});
  checked_size("mat_mul: b", {batch_b, k, n});
  checked_size("mat_mul: y", {batch(), m, n});
}

void mat_mul(const Device& device, const MatMulShape& s, std::span<const float> a,
             std::span<const float> b, std::span<const float> bias, Activation activation,
             std::span<float> y, Precision precision) {
  s.validate();
  require_precision(device, precision);
  require_size("mat_mul: a", a, s.a_size());
  require_size("mat_mul: b", b, s.b_size());
  if (!bias.empty()) require_size("mat_mul: bias", bias, static_cast<std::size_t>(s.n));
  require_size("mat_mul: y", y, s.y_size());
  if (y.empty()) return;
  const float* const bias_data = bias.empty() ? nullptr : bias.data();
  if (device.kind() == DeviceKind::cpu) {
    cpu::mat_mul(device.pool(), s, a.data(), b.data(), bias_data, activation, y.data());
  } else {
    cuda::mat_mul(cuda::queue_of(device), precision, s, a.data(), b.data(), bias_data, activation,
                  y.data());
  }
}

}  // namespace trialforge
