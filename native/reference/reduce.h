#pragma once

#include <cstdint>
#include <span>

#include "trialforge/reduce.h"

namespace trialforge::reference {

/** all and any on 0 and 1. */
void reduce(ReduceOp op, const ReduceShape& shape, std::span<const double> x, std::span<double> y);
void arg_reduce(ArgOp op, const ReduceShape& shape, std::span<const double> x,
                std::span<std::int32_t> y);

}  // namespace trialforge::reference
