// The kernels of one instruction set, for table.cpp to collect.
#pragma once

#include "cpu/kernels/kernels.h"

namespace trialforge::cpu::TRIALFORGE_ISA {

void inner_tile(const InnerTile& tile);
void outer_tile(const OuterTile& tile);
void add_rows(const float* dy, std::int64_t pixels, int channels, float* sum);
void activation_forward(Activation activation, const float* x, float* y, std::size_t n);
void activation_backward(Activation activation, const float* y, const float* dy, float* dx,
                         std::size_t n);
void max_pool_forward(const Pool2dShape& shape, const float* x, float* y, std::int32_t* argmax);
void average_pool_forward(const Pool2dShape& shape, const float* x, float* y);
void average_pool_backward(const Pool2dShape& shape, const float* dy, float* dx);
void scale_bytes(const std::uint8_t* x, float scale, float* y, std::size_t n);
void sum_parts(const float* parts, int n_parts, std::size_t stride, float* y, std::size_t n);
void dropout(const std::uint32_t* words, std::uint32_t threshold, float scale, const float* x,
             float* y, std::size_t n);
void optimizer_step(const OptimizerSpec& spec, float rate, const float* dw, float* w, float* state,
                    std::size_t state_stride, std::size_t n);
float multiply_add_chains(std::int64_t steps);

}  // namespace trialforge::cpu::TRIALFORGE_ISA
