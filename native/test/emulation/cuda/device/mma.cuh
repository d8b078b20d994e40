// The same arithmetic in software; sums are rounded after every product.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "grid.h"

namespace trialforge::cuda::device {

inline std::uint32_t round_to_tf32(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  if (std::isnan(x)) return 0x7fffffffu;
  if (std::isinf(x)) return bits;
  return (bits + 0x1000u) & 0xffffe000u;
}

inline std::uint32_t round_to_bfloat16(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  if (std::isnan(x)) return 0x7fffu;
  return (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16;
}

inline std::uint32_t pack_bfloat16(float low, float high) {
  return round_to_bfloat16(low) | round_to_bfloat16(high) << 16;
}

namespace emulated_mma {

using Site = trialforge::emulation::Site;

struct Lane {
  float* c;
  const std::uint32_t *a, *b;
};

/** element_a(lane, row, k) and element_b(lane, k, column) find the numbers in the lanes. */
template <int depth, typename ElementA, typename ElementB>
void multiply(const char* name, Site site, float (&c)[4], const std::uint32_t (&a)[4],
              const std::uint32_t (&b)[2], ElementA element_a, ElementB element_b) {
  Lane own{c, a, b};
  emulation::warp_operation(name, site, 0xffffffffu, own, [&](unsigned members, const auto& lanes) {
    if (members != 0xffffffffu) throw emulation::Failure(std::string(name) + " of part of a warp");
    float left[16][depth], right[depth][8];
    for (int k = 0; k < depth; ++k) {
      for (int row = 0; row < 16; ++row) left[row][k] = element_a(lanes, row, k);
      for (int column = 0; column < 8; ++column) right[k][column] = element_b(lanes, k, column);
    }
    float sums[16][8];
    for (int row = 0; row < 16; ++row) {
      for (int column = 0; column < 8; ++column) {
        sums[row][column] = lanes[row % 8 * 4 + column / 2]->c[row / 8 * 2 + column % 2];
      }
      for (int k = 0; k < depth; ++k) {
        for (int column = 0; column < 8; ++column) {
          sums[row][column] += left[row][k] * right[k][column];
        }
      }
      for (int column = 0; column < 8; ++column) {
        lanes[row % 8 * 4 + column / 2]->c[row / 8 * 2 + column % 2] = sums[row][column];
      }
    }
  });
}

// The hardware does not read the bits that a tf32 lacks.
inline float tf32(std::uint32_t bits) { return std::bit_cast<float>(bits & 0xffffe000u); }
inline float bfloat16(std::uint32_t pair, int which) {
  return std::bit_cast<float>(which == 0 ? pair << 16 : pair & 0xffff0000u);
}

inline void load(const char* name, Site site, std::uint32_t (&r)[4], const void* row,
                 bool transposed) {
  struct Lane {
    std::uint32_t* r;
    const void* row;
  } own{r, row};
  emulation::warp_operation(name, site, 0xffffffffu, own, [&](unsigned members, const auto& lanes) {
    if (members != 0xffffffffu) throw emulation::Failure(std::string(name) + " of part of a warp");
    for (int matrix = 0; matrix < 4; ++matrix) {
      std::uint16_t elements[8][8];
      for (int i = 0; i < 8; ++i) {
        const void* const from = lanes[matrix * 8 + i]->row;
        if (reinterpret_cast<std::uintptr_t>(from) % 16 != 0) {
          throw emulation::Failure(std::string(name) + ": a row is not aligned to 16 bytes");
        }
        std::memcpy(elements[i], from, 16);
      }
      for (int lane = 0; lane < 32; ++lane) {
        const int g = lane / 4, first = lane % 4 * 2;
        const std::uint32_t low = transposed ? elements[first][g] : elements[g][first];
        const std::uint32_t high = transposed ? elements[first + 1][g] : elements[g][first + 1];
        lanes[lane]->r[matrix] = low | high << 16;
      }
    }
  });
}

}  // namespace emulated_mma

inline void mma_tf32(float (&c)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2],
                     const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  emulated_mma::multiply<8>(
      "mma_tf32", {file, line}, c, a, b,
      [](const auto& lanes, int row, int k) {
        return emulated_mma::tf32(lanes[row % 8 * 4 + k % 4]->a[k / 4 * 2 + row / 8]);
      },
      [](const auto& lanes, int k, int column) {
        return emulated_mma::tf32(lanes[column * 4 + k % 4]->b[k / 4]);
      });
}

inline void mma_bfloat16(float (&c)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2],
                         const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  emulated_mma::multiply<16>(
      "mma_bfloat16", {file, line}, c, a, b,
      [](const auto& lanes, int row, int k) {
        return emulated_mma::bfloat16(lanes[row % 8 * 4 + k / 2 % 4]->a[k / 8 * 2 + row / 8],
                                      k % 2);
      },
      [](const auto& lanes, int k, int column) {
        return emulated_mma::bfloat16(lanes[column * 4 + k / 2 % 4]->b[k / 8], k % 2);
      });
}

inline void load_matrices(std::uint32_t (&r)[4], const void* row,
                          const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  emulated_mma::load("load_matrices", {file, line}, r, row, false);
}

inline void load_matrices_transposed(std::uint32_t (&r)[4], const void* row,
                                     const char* file = __builtin_FILE(),
                                     int line = __builtin_LINE()) {
  emulated_mma::load("load_matrices_transposed", {file, line}, r, row, true);
}

}  // namespace trialforge::cuda::device
