#include "cpu/kernels/declarations.h"
#include "cpu/kernels/simd.h"

namespace trialforge::cpu::TRIALFORGE_ISA {

const Kernels table = {
    .width = kWidth,
    .panel = kPanel,
    .max_rows = kMaxRows,
    .inner_tile = inner_tile,
    .outer_tile = outer_tile,
    .add_rows = add_rows,
    .activation_forward = activation_forward,
    .activation_backward = activation_backward,
    .max_pool_forward = max_pool_forward,
    .average_pool_forward = average_pool_forward,
    .average_pool_backward = average_pool_backward,
    .scale_bytes = scale_bytes,
    .sum_parts = sum_parts,
    .dropout = dropout,
    .optimizer_step = optimizer_step,
    .multiply_add_chains = multiply_add_chains,
};

}  // namespace trialforge::cpu::TRIALFORGE_ISA
