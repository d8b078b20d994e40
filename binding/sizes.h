// Lists of sizes that come as one Int32Array.
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "binding.h"

namespace trialforge::binding {

/** A copy of the `n` integers of an Int32Array. */
template <std::size_t n>
std::array<int, n> sizes_of(const Napi::Value& value, const char* name) {
  const auto elements = span_of<std::int32_t>(value, name);
  if (elements.size() != n) {
    throw Error(ErrorCode::invalid_argument, std::string(name) + " must have " + std::to_string(n) +
                                                 " elements, not " +
                                                 std::to_string(elements.size()));
  }
  std::array<int, n> sizes;
  for (std::size_t i = 0; i < n; ++i) sizes[i] = elements[i];
  return sizes;
}

/** An integer in [0, n), the value of an enumeration. */
template <typename Enum>
Enum enum_of(const Napi::Value& value, const char* name, int n) {
  const int number = int_of(value, name);
  if (number < 0 || number >= n) {
    throw Error(ErrorCode::invalid_argument, std::string(name) + " must be in [0, " +
                                                 std::to_string(n) + "), not " +
                                                 std::to_string(number));
  }
  return static_cast<Enum>(number);
}

}  // namespace trialforge::binding
