#pragma once

#include <cstdint>
#include <span>

#include "trialforge/gather.h"

namespace trialforge::reference {

void gather(const GatherShape& shape, std::span<const double> x,
            std::span<const std::int32_t> indices, std::span<double> y);
void one_hot(int depth, double on, double off, std::span<const std::int32_t> indices,
             std::span<double> y);

}  // namespace trialforge::reference
