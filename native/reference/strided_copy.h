#pragma once

#include <cstdint>
#include <span>

namespace trialforge::reference {

void strided_copy(std::span<const std::int32_t> shape, std::span<const std::int32_t> from_strides,
                  std::int64_t from_offset, std::span<const std::int32_t> to_strides,
                  std::int64_t to_offset, std::span<const double> from, std::span<double> to);

}  // namespace trialforge::reference
