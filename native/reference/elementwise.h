#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "trialforge/elementwise.h"

namespace trialforge::reference {

/** Truth values are 0 and 1. */
void unary(UnaryOp op, const UnaryParameters& parameters, std::span<const double> x,
           std::span<double> y);
/** Of what is defined on integers. */
void unary(UnaryOp op, const UnaryParameters& parameters, std::span<const std::int32_t> x,
           std::span<std::int32_t> y);

std::vector<int> broadcast_shape(std::span<const int> a, std::span<const int> b);

void binary(BinaryOp op, std::span<const int> a_shape, std::span<const int> b_shape,
            std::span<const double> a, std::span<const double> b, std::span<double> y);
void binary(BinaryOp op, std::span<const int> a_shape, std::span<const int> b_shape,
            std::span<const std::int32_t> a, std::span<const std::int32_t> b,
            std::span<std::int32_t> y);

/** JavaScript's ToInt32. */
std::int32_t to_int32(double x);

}  // namespace trialforge::reference
