#pragma once

#include <span>

#include "trialforge/optimizer.h"

namespace trialforge::reference {

void optimizer_init(const OptimizerSpec& spec, std::span<double> state);
void optimizer_step(const OptimizerSpec& spec, std::uint64_t iteration,
                    std::span<const RegularizedSegment> segments, std::span<const double> dw,
                    std::span<double> w, std::span<double> state);
double regularization_loss(std::span<const RegularizedSegment> segments, std::span<const double> w);

}  // namespace trialforge::reference
