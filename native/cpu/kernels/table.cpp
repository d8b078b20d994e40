#include "cpu/kernels/declarations.h"
#include "cpu/kernels/simd.h"

namespace trialforge::cpu::TRIALFORGE_ISA {

const Kernels table = {
    .width = kWidth,
    .panel = kPanel,
    .max_rows = kMaxRows,
    .inner_product = inner_product,
    .outer_product = outer_product,
    .pack_panels = pack_panels,
    .pack_transposed_panels = pack_transposed_panels,
    .transpose = transpose,
    .add_scaled_rows = add_scaled_rows,
    .add_rows = add_rows,
    .winograd_input = winograd_input,
    .winograd_input_gradient = winograd_input_gradient,
    .winograd_output = winograd_output,
    .winograd_output_gradient = winograd_output_gradient,
    .winograd_filter = winograd_filter,
    .winograd_filter_gradient = winograd_filter_gradient,
    .activation_forward = activation_forward,
    .activation_backward = activation_backward,
    .unary = unary,
    .binary = binary,
    .select = select,
    .cast = cast,
    .max_pool_forward = max_pool_forward,
    .max_pool_backward = max_pool_backward,
    .average_pool_forward = average_pool_forward,
    .average_pool_backward = average_pool_backward,
    .scale_bytes = scale_bytes,
    .sum_parts = sum_parts,
    .dropout = dropout,
    .optimizer_step = optimizer_step,
    .reduce_floats = reduce_floats,
    .reduce_ints = reduce_ints,
    .reduce_bools = reduce_bools,
    .arg_extreme_floats = arg_extreme_floats,
    .arg_extreme_ints = arg_extreme_ints,
    .multiply_add_chains = multiply_add_chains,
};

}  // namespace trialforge::cpu::TRIALFORGE_ISA
