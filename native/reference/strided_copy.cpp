#include "reference/strided_copy.h"

namespace trialforge::reference {

void strided_copy(std::span<const std::int32_t> shape, std::span<const std::int32_t> from_strides,
                  std::int64_t from_offset, std::span<const std::int32_t> to_strides,
                  std::int64_t to_offset, std::span<const double> from, std::span<double> to) {
  if (shape.empty()) {
    to[static_cast<std::size_t>(to_offset)] = from[static_cast<std::size_t>(from_offset)];
    return;
  }
  for (std::int64_t i = 0; i < shape[0]; ++i) {
    strided_copy(shape.subspan(1), from_strides.subspan(1), from_offset + i * from_strides[0],
                 to_strides.subspan(1), to_offset + i * to_strides[0], from, to);
  }
}

}  // namespace trialforge::reference
