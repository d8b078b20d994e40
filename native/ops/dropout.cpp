#include "trialforge/dropout.h"

#include "cpu/ops.h"
#include "cuda/backend.h"
#include "ops/check.h"

namespace trialforge {

void dropout(const Device& device, const DropoutMask& mask, std::span<const float> x,
             std::span<float> y) {
  require(mask.rate >= 0 && mask.rate < 1,
          "dropout: rate must be in [0, 1), not " + std::to_string(mask.rate));
  require_size("dropout: y", y, x.size());
  if (x.empty()) return;
  if (device.kind() == DeviceKind::cpu) {
    cpu::dropout(device.pool(), mask, x.data(), y.data(), x.size());
  } else {
    cuda::dropout(cuda::queue_of(device), mask, x.data(), y.data(), x.size());
  }
}

}  // namespace trialforge
