#pragma once

#include <span>

#include "trialforge/dense.h"

namespace trialforge::reference {

/** y = x w + bias. `bias` may be empty. */
void dense_forward(const DenseShape& shape, std::span<const double> x, std::span<const double> w,
                   std::span<const double> bias, std::span<double> y);
void dense_backward_input(const DenseShape& shape, std::span<const double> dy,
                          std::span<const double> w, std::span<double> dx);
void dense_backward_weights(const DenseShape& shape, std::span<const double> x,
                            std::span<const double> dy, std::span<double> dw,
                            std::span<double> dbias);

}  // namespace trialforge::reference
