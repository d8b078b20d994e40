#pragma once

#include <span>

#include "trialforge/conv2d.h"

namespace trialforge::reference {

/** y = x * w + bias. `bias` may be empty. */
void conv2d_forward(const Conv2dShape& shape, std::span<const double> x, std::span<const double> w,
                    std::span<const double> bias, std::span<double> y);
void conv2d_backward_input(const Conv2dShape& shape, std::span<const double> dy,
                           std::span<const double> w, std::span<double> dx);
void conv2d_backward_filter(const Conv2dShape& shape, std::span<const double> x,
                            std::span<const double> dy, std::span<double> dw,
                            std::span<double> dbias);

}  // namespace trialforge::reference
