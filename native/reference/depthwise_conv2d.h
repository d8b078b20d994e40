#pragma once

#include <span>

#include "trialforge/depthwise_conv2d.h"

namespace trialforge::reference {

void depthwise_conv2d_forward(const DepthwiseConv2dShape& shape, std::span<const double> x,
                              std::span<const double> w, std::span<double> y);
void depthwise_conv2d_backward_input(const DepthwiseConv2dShape& shape, std::span<const double> dy,
                                     std::span<const double> w, std::span<double> dx);
void depthwise_conv2d_backward_filter(const DepthwiseConv2dShape& shape, std::span<const double> x,
                                      std::span<const double> dy, std::span<double> dw);

}  // namespace trialforge::reference
