// Casts between types, and choices between two arrays. The compiler makes vectors of these loops.
#include <cmath>
#include <cstring>
#include <type_traits>

#include "cpu/kernels/declarations.h"
#include "cpu/kernels/simd.h"

namespace trialforge::cpu::TRIALFORGE_ISA {
namespace {

/** As to_int32 in math.h, without a branch. */
inline std::int32_t to_int32_lane(float x) {
  std::uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  // From 2^31 on, x is a multiple of 2^8: its 24 bits, shifted.
  const std::uint32_t shift = ((bits >> 23) & 255) - 150;
  const std::uint32_t digits = (bits & 0x7fffff) | 0x800000;
  const std::uint32_t shifted = shift < 32 ? digits << (shift & 31) : 0;
  const std::uint32_t large = x < 0 ? 0u - shifted : shifted;
  const bool is_small = std::fabs(x) < 2147483648.0f;
  const std::int32_t small = static_cast<std::int32_t>(is_small ? x : 0.0f);
  return is_small ? small : static_cast<std::int32_t>(large);
}

template <typename X>
void cast_from(const X* x, DType to, void* y, std::size_t n) {
  switch (to) {
    case DType::float32: {
      float* const floats = static_cast<float*>(y);
      for (std::size_t i = 0; i < n; ++i) floats[i] = static_cast<float>(x[i]);
      return;
    }
    case DType::int32: {
      std::int32_t* const integers = static_cast<std::int32_t*>(y);
      for (std::size_t i = 0; i < n; ++i) {
        if constexpr (std::is_same_v<X, float>) {
          integers[i] = to_int32_lane(x[i]);
        } else {
          integers[i] = static_cast<std::int32_t>(x[i]);
        }
      }
      return;
    }
    case DType::bool8: {
      std::uint8_t* const bytes = static_cast<std::uint8_t*>(y);
      for (std::size_t i = 0; i < n; ++i) bytes[i] = x[i] != 0;
      return;
    }
  }
}

template <typename T>
void select_from(const std::uint8_t* condition, const void* a, const void* b, void* y,
                 std::size_t n) {
  const T* const from_a = static_cast<const T*>(a);
  const T* const from_b = static_cast<const T*>(b);
  T* const to = static_cast<T*>(y);
  for (std::size_t i = 0; i < n; ++i) {
    const T chosen = from_a[i], otherwise = from_b[i];  // both, so that no branch is needed
    to[i] = condition[i] != 0 ? chosen : otherwise;
  }
}

}  // namespace

void cast(DType from, const void* x, DType to, void* y, std::size_t n) {
  if (from == to) {
    if (x != y) std::memmove(y, x, n * bytes_of(from));
    return;
  }
  switch (from) {
    case DType::float32:
      return cast_from(static_cast<const float*>(x), to, y, n);
    case DType::int32:
      return cast_from(static_cast<const std::int32_t*>(x), to, y, n);
    case DType::bool8:
      return cast_from(static_cast<const std::uint8_t*>(x), to, y, n);
  }
}

void select(const std::uint8_t* condition, DType type, const void* a, const void* b, void* y,
            std::size_t n) {
  if (type == DType::bool8) return select_from<std::uint8_t>(condition, a, b, y, n);
  select_from<std::uint32_t>(condition, a, b, y, n);
}

}  // namespace trialforge::cpu::TRIALFORGE_ISA
