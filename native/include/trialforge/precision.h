// How the products of a layer are computed.
#pragma once

#include <string_view>

namespace trialforge {

/**
 * Operands of multiplications; sums, weights and everything else are float32 in any case. tf32 (10
 * bits of mantissa) and bfloat16 (7 bits) run on the tensor cores of a CUDA device of compute
 * capability 8.0 or newer; the CPU has float32 only.
 */
enum class Precision { float32, tf32, bfloat16 };

const char* precision_name(Precision precision) noexcept;
/** Throws ErrorCode::invalid_argument unless `name` is one of the names above. */
Precision precision_from_name(std::string_view name);

}  // namespace trialforge
