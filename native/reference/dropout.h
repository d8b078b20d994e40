#pragma once

#include <span>

#include "trialforge/dropout.h"

namespace trialforge::reference {

void dropout(const DropoutMask& mask, std::span<const double> x, std::span<double> y);

}  // namespace trialforge::reference
