#pragma once

#include <span>

#include "trialforge/mat_mul.h"

namespace trialforge::reference {

/** y = a b + bias. `bias` may be empty. */
void mat_mul(const MatMulShape& shape, std::span<const double> a, std::span<const double> b,
             std::span<const double> bias, std::span<double> y);

}  // namespace trialforge::reference
