#pragma once

#include <cstdint>
#include <span>

#include "trialforge/pool2d.h"

namespace trialforge::reference {

void max_pool2d_forward(const Pool2dShape& shape, std::span<const double> x, std::span<double> y,
                        std::span<std::int32_t> argmax);
void max_pool2d_backward(const Pool2dShape& shape, std::span<const double> dy,
                         std::span<const std::int32_t> argmax, std::span<double> dx);
void average_pool2d_forward(const Pool2dShape& shape, std::span<const double> x,
                            std::span<double> y);
void average_pool2d_backward(const Pool2dShape& shape, std::span<const double> dy,
                             std::span<double> dx);

}  // namespace trialforge::reference
