#include "trialforge/activation.h"

#include <string_view>

#include "cpu/ops.h"
#include "cuda/backend.h"
#include "ops/check.h"

namespace trialforge {
namespace {

constexpr Activation all[] = {Activation::linear, Activation::relu,    Activation::elu,
                              Activation::tanh,   Activation::sigmoid, Activation::softplus};

}  // namespace

const char* activation_name(Activation activation) noexcept {
  switch (activation) {
    case Activation::linear:
      return "linear";
    case Activation::relu:
      return "relu";
    case Activation::elu:
      return "elu";
    case Activation::tanh:
      return "tanh";
    case Activation::sigmoid:
      return "sigmoid";
    case Activation::softplus:
      return "softplus";
  }
  return "unknown";
}

Activation activation_from_name(const char* name) {
  for (const Activation activation : all) {
    if (std::string_view(name) == activation_name(activation)) return activation;
  }
  throw Error(
      ErrorCode::invalid_argument,
      std::string("activation must be linear, relu, elu, tanh, sigmoid or softplus, not '") + name +
          "'");
}

void activation_forward(const Device& device, Activation activation, std::span<const float> x,
                        std::span<float> y) {
  require_size("y", y, x.size());
  if (x.empty()) return;
  if (device.kind() == DeviceKind::cpu) {
    cpu::activation_forward(device.pool(), activation, x.data(), y.data(), x.size());
  } else {
    cuda::activation_forward(cuda::queue_of(device), activation, x.data(), y.data(), x.size());
  }
}

void activation_backward(const Device& device, Activation activation, std::span<const float> y,
                         std::span<const float> dy, std::span<float> dx) {
  require_size("dy", dy, y.size());
  require_size("dx", dx, y.size());
  if (y.empty()) return;
  if (device.kind() == DeviceKind::cpu) {
    cpu::activation_backward(device.pool(), activation, y.data(), dy.data(), dx.data(), y.size());
  } else {
    cuda::activation_backward(cuda::queue_of(device), activation, y.data(), dy.data(), dx.data(),
                              y.size());
  }
}

}  // namespace trialforge
