#include "trialforge/softmax_cross_entropy.h"

#include <cmath>
#include <string>

#include "cpu/ops.h"
#include "cuda/backend.h"
#include "ops/check.h"

namespace trialforge {
namespace {

void require_shape(const SoftmaxShape& shape) {
  require(shape.batch >= 0, "batch must be 0 or more, not " + std::to_string(shape.batch));
  require_positive("classes", shape.classes);
  checked_size("logits", {shape.batch, shape.classes});
}

std::size_t elements(const SoftmaxShape& shape) {
  return static_cast<std::size_t>(shape.batch) * static_cast<std::size_t>(shape.classes);
}

void require_loss(const SoftmaxShape& shape, std::span<const float> logits, float scale,
                  std::span<float> loss, std::span<float> correct, std::span<float> dlogits) {
  require_shape(shape);
  require_size("logits", logits, elements(shape));
  require(std::isfinite(scale), "scale must be finite, not " + std::to_string(scale));
  require_size("loss", loss, static_cast<std::size_t>(shape.batch));
  require_size("correct", correct, static_cast<std::size_t>(shape.batch));
  if (!dlogits.empty()) require_size("dlogits", dlogits, elements(shape));
}

void require_labels(const SoftmaxShape& shape, std::span<const std::int32_t> labels) {
  for (std::size_t row = 0; row < labels.size(); ++row) {
    require(labels[row] >= 0 && labels[row] < shape.classes,
            "labels[" + std::to_string(row) + "] must be in [0, " + std::to_string(shape.classes) +
                "), not " + std::to_string(labels[row]));
  }
}

}  // namespace

void softmax_forward(const Device& device, const SoftmaxShape& shape, std::span<const float> logits,
                     std::span<float> probabilities) {
  require_shape(shape);
  require_size("logits", logits, elements(shape));
  require_size("probabilities", probabilities, elements(shape));
  if (shape.batch == 0) return;
  if (device.kind() == DeviceKind::cpu) {
    cpu::softmax_forward(device.pool(), shape, logits.data(), probabilities.data());
  } else {
    cuda::softmax_forward(cuda::queue_of(device), shape, logits.data(), probabilities.data());
  }
}

void log_softmax_forward(const Device& device, const SoftmaxShape& shape, std::span<const float> x,
                         std::span<float> y) {
  require_shape(shape);
  require_size("x", x, elements(shape));
  require_size("y", y, elements(shape));
  if (shape.batch == 0) return;
  if (device.kind() == DeviceKind::cpu) {
    cpu::log_softmax_forward(device.pool(), shape, x.data(), y.data());
  } else {
    cuda::log_softmax_forward(cuda::queue_of(device), shape, x.data(), y.data());
  }
}

void softmax_cross_entropy_sparse(const Device& device, const SoftmaxShape& shape,
                                  std::span<const float> logits,
                                  std::span<const std::int32_t> labels, float scale,
                                  std::span<float> loss, std::span<float> correct,
                                  std::span<float> dlogits) {
  require_loss(shape, logits, scale, loss, correct, dlogits);
  require_size("labels", labels, static_cast<std::size_t>(shape.batch));
  if (shape.batch == 0) return;
  float* const gradient = dlogits.empty() ? nullptr : dlogits.data();
  if (device.kind() == DeviceKind::cpu) {
    require_labels(shape, labels);
    cpu::softmax_cross_entropy_sparse(shape, logits.data(), labels.data(), scale, loss.data(),
                                      correct.data(), gradient);
  } else {
    cuda::softmax_cross_entropy_sparse(cuda::queue_of(device), shape, logits.data(), labels.data(),
                                       scale, loss.data(), correct.data(), gradient);
  }
}

void softmax_cross_entropy_dense(const Device& device, const SoftmaxShape& shape,
                                 std::span<const float> logits, std::span<const float> targets,
                                 float scale, std::span<float> loss, std::span<float> correct,
                                 std::span<float> dlogits) {
  require_loss(shape, logits, scale, loss, correct, dlogits);
  require_size("targets", targets, elements(shape));
  if (shape.batch == 0) return;
  float* const gradient = dlogits.empty() ? nullptr : dlogits.data();
  if (device.kind() == DeviceKind::cpu) {
    cpu::softmax_cross_entropy_dense(shape, logits.data(), targets.data(), scale, loss.data(),
                                     correct.data(), gradient);
  } else {
    cuda::softmax_cross_entropy_dense(cuda::queue_of(device), shape, logits.data(), targets.data(),
                                      scale, loss.data(), correct.data(), gradient);
  }
}

}  // namespace trialforge
