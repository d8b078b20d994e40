// Copies do not care what they copy: runs of elements go in the widest units that their places
// allow.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/device/vector.cuh"

namespace trialforge::cuda {

constexpr std::size_t most_unit_bytes = 16;

/** Calls body(unit) with a value of a type of `bytes` bytes, 1 to 16. */
template <typename Body>
void with_unit(std::size_t bytes, const Body& body) {
  switch (bytes) {
    case 1:
      return body(std::uint8_t{});
    case 2:
      return body(std::uint16_t{});
    case 4:
      return body(std::uint32_t{});
    case 8:
      return body(device::Vector<std::uint32_t, 2>{});
    default:
      return body(device::Vector<std::uint32_t, 4>{});
  }
}

/** The widest unit that all of these addresses and numbers of bytes are multiples of. */
template <typename... Pointers>
std::size_t unit_bytes(std::size_t bytes, const Pointers*... pointers) {
  const std::uintptr_t bits = (bytes | ... | reinterpret_cast<std::uintptr_t>(pointers));
  std::size_t unit = 1;
  while (unit < most_unit_bytes && bits % (2 * unit) == 0) unit *= 2;
  return unit;
}

}  // namespace trialforge::cuda
