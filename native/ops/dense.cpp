#include "trialforge/dense.h"

#include "cpu/ops.h"
#include "cuda/backend.h"
#include "ops/check.h"
#include "ops/require_precision.h"
#include "trialforge/buffer.h"

namespace trialforge {
namespace {

/** What a pass on CUDA works in. */
Buffer cuda_workspace(const Device& device, Precision precision, const DenseShape& s) {
  return {device, cuda::dense_workspace({}, precision, s) * sizeof(float),
          BufferContents::anything};
}

}  // namespace

std::size_t DenseShape::x_size() const noexcept {
  return static_cast<std::size_t>(batch) * in_features;
}
std::size_t DenseShape::w_size() const noexcept {
  return static_cast<std::size_t>(in_features) * out_features;
}
std::size_t DenseShape::y_size() const noexcept {
  return static_cast<std::size_t>(batch) * out_features;
}

void DenseShape::validate() const {
  require(batch >= 0, "dense: batch must be 0 or more, not " + std::to_string(batch));
  require_positive("dense: in_features", in_features);
  require_positive("dense: out_features", out_features);
  checked_size("dense: x", {batch, in_features});
  checked_size("dense: w", {in_features, out_features});
  checked_size("dense: y", {batch, out_features});
}

void dense_forward(const Device& device, const DenseShape& s, std::span<const float> x,
                   std::span<const float> w, std::span<const float> bias, Activation activation,
                   std::span<float> y, Precision precision) {
  s.validate();
  require_precision(device, precision);
  require_size("dense: x", x, s.x_size());
  require_size("dense: w", w, s.w_size());
  if (!bias.empty()) require_size("dense: bias", bias, static_cast<std::size_t>(s.out_features));
  require_size("dense: y", y, s.y_size());
  const float* const bias_data = bias.empty() ? nullptr : bias.data();
  if (device.kind() == DeviceKind::cpu) {
    cpu::dense_forward(device.pool(), s, x.data(), w.data(), bias_data, activation, y.data());
  } else {
    const Buffer workspace = cuda_workspace(device, precision, s);
    cuda::dense_forward(cuda::queue_of(device), {}, precision, s, x.data(), w.data(), bias_data,
                        activation, y.data(), workspace.as<float>().data());
  }
}

void dense_backward_input(const Device& device, const DenseShape& s, std::span<const float> dy,
                          std::span<const float> w, std::span<float> dx, Precision precision) {
  s.validate();
  require_precision(device, precision);
  require_size("dense: dy", dy, s.y_size());
  require_size("dense: w", w, s.w_size());
  require_size("dense: dx", dx, s.x_size());
  if (device.kind() == DeviceKind::cpu) {
    cpu::dense_backward(device.pool(), s,
                        {.x = nullptr, .w = w.data(), .dy = dy.data(), .dx = dx.data()});
  } else {
    const Buffer workspace = cuda_workspace(device, precision, s);
    cuda::dense_backward_input(cuda::queue_of(device), {}, precision, s, dy.data(), w.data(), {},
                               dx.data(), workspace.as<float>().data());
  }
}

void dense_backward_weights(const Device& device, const DenseShape& s, std::span<const float> x,
                            std::span<const float> dy, std::span<float> dw, std::span<float> dbias,
                            Precision precision) {
  s.validate();
  require_precision(device, precision);
  require_size("dense: x", x, s.x_size());
  require_size("dense: dy", dy, s.y_size());
  require_size("dense: dw", dw, s.w_size());
  if (!dbias.empty()) {
    require_size("dense: dbias", dbias, static_cast<std::size_t>(s.out_features));
  }
  float* const dbias_data = dbias.empty() ? nullptr : dbias.data();
  if (device.kind() == DeviceKind::cpu) {
    cpu::dense_backward(
        device.pool(), s,
        {.x = x.data(), .w = nullptr, .dy = dy.data(), .dw = dw.data(), .dbias = dbias_data});
  } else {
    const Buffer workspace = cuda_workspace(device, precision, s);
    cuda::dense_backward_weights(cuda::queue_of(device), {}, precision, s, x.data(), dy.data(),
                                 dw.data(), dbias_data, workspace.as<float>().data());
  }
}

}  // namespace trialforge
