#pragma once

#include <span>

#include "trialforge/resize_bilinear.h"

namespace trialforge::reference {

void resize_bilinear_forward(const ResizeShape& shape, std::span<const double> x,
                             std::span<double> y);
void resize_bilinear_backward(const ResizeShape& shape, std::span<const double> dy,
                              std::span<double> dx);

}  // namespace trialforge::reference
