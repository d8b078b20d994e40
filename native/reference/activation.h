#pragma once

#include <span>

#include "trialforge/activation.h"

namespace trialforge::reference {

void activation_forward(Activation activation, std::span<const double> x, std::span<double> y);
void activation_backward(Activation activation, std::span<const double> y,
                         std::span<const double> dy, std::span<double> dx);

}  // namespace trialforge::reference
