// Element-wise activations y = f(x) and their gradients.
#pragma once

#include <span>

#include "trialforge/device.h"

namespace trialforge {

enum class Activation { linear, relu, elu, tanh, sigmoid, softplus };

/** The Keras name, such as "relu". */
const char* activation_name(Activation activation) noexcept;
/** Throws ErrorCode::invalid_argument for a name that activation_name never returns. */
Activation activation_from_name(const char* name);

/**
 * y[i] = f(x[i]). `y` may be `x`. elu has alpha 1; softplus is log(1 + e^x) without overflow. NaN
 * stays NaN.
 */
void activation_forward(const Device& device, Activation activation, std::span<const float> x,
                        std::span<float> y);

/**
 * dx[i] = dy[i] * f'(x[i]), with the derivative expressed by the output y = f(x), so that the input
 * need not be kept. `dx` may be `dy`.
 */
void activation_backward(const Device& device, Activation activation, std::span<const float> y,
                         std::span<const float> dy, std::span<float> dx);

}  // namespace trialforge
