#pragma once

#include <cstddef>

#include "trialforge/activation.h"

namespace trialforge::cpu {

// Arguments as in the facade, already checked.

void activation_forward(Activation activation, const float* x, float* y, std::size_t n);
void activation_backward(Activation activation, const float* y, const float* dy, float* dx,
                         std::size_t n);

}  // namespace trialforge::cpu
