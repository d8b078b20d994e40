// Checks that the operations share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "trialforge/error.h"

namespace trialforge {

inline void require_positive(const char* name, int value) {
  require(value >= 1, std::string(name) + " must be 1 or more, not " + std::to_string(value));
}

/** `values` must have `expected` elements. */
template <typename T>
void require_size(std::string_view name, std::span<T> values, std::size_t expected) {
  // The message is made at need only: it takes longer than some of what is checked.
  if (values.size() == expected) return;
  throw Error(ErrorCode::invalid_argument, std::string(name) + " must have " +
                                               std::to_string(expected) + " elements, not " +
                                               std::to_string(values.size()));
}

/** The product of sizes; offsets in tensors are 32-bit, so it must stay below 2^31. */
inline std::size_t checked_size(const char* name, std::initializer_list<std::int64_t> sizes) {
  std::uint64_t total = 1;
  for (const std::int64_t size : sizes) {
    total *= static_cast<std::uint64_t>(size);
    if (total >= 1u << 31) {
      throw Error(ErrorCode::invalid_argument,
                  std::string(name) + " would have 2^31 elements or more");
    }
  }
  return static_cast<std::size_t>(total);
}

}  // namespace trialforge
