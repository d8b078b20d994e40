// The product of two tiles in shared memory, c[m, n] += a[m, k] b[k, n], in the registers of a
// block: exactly in float, or on the tensor cores with operands rounded to tf32 or bfloat16.
//
// A tile lies in shared memory along k ("deep": a as [m, k], b as [n, k]) or across it (a as [k,
// m], b as [k, n]), whichever way it can be copied in pieces of 16 bytes. Each line is followed by
// a gap that spreads what a warp reads at once over the banks.
#pragma once

#include <cstdint>

#include "cuda/device/mma.cuh"
#include "cuda/device/vector.cuh"

namespace trialforge::cuda::device {

/** A block's tiles [m, k] and [k, n], in warp tiles [warp_m, warp_n], `stages` of them at a time.
 */
template <int m_, int n_, int k_, int warp_m_, int warp_n_, int stages_>
struct Tile {
  static constexpr int m = m_, n = n_, k = k_, warp_m = warp_m_, warp_n = warp_n_, stages = stages_;
  static constexpr int warps_m = m / warp_m, warps_n = n / warp_n;
  static constexpr int threads = warps_m * warps_n * 32;
  /** Of the result in shared memory. */
  static constexpr int result_stride = n + 8;
};

/** A tile in shared memory: `lines` of `length` elements. */
template <typename Element_, int lines_, int length_, bool deep>
struct SharedTile {
  using Element = Element_;
  static constexpr int lines = lines_, length = length_;
  static constexpr int stride = length + (sizeof(Element) == 4 && deep ? 4 : 8);
  static constexpr int elements = lines * stride;
};

/** Both tiles of a product. */
template <typename Tile, typename Element, bool a_deep_, bool b_deep_>
struct SharedTiles {
  static constexpr bool a_deep = a_deep_, b_deep = b_deep_;
  using A = SharedTile<Element, a_deep ? Tile::m : Tile::k, a_deep ? Tile::k : Tile::m, a_deep>;
  using B = SharedTile<Element, b_deep ? Tile::n : Tile::k, b_deep ? Tile::k : Tile::n, b_deep>;
  static constexpr int elements = A::elements + B::elements;
};

__device__ __forceinline__ int lane_of_warp() { return threadIdx.x % 32; }

/** Where the warp tile of this thread begins. */
template <typename Tile>
__device__ __forceinline__ int warp_row() {
  return static_cast<int>(threadIdx.x) / 32 / Tile::warps_n * Tile::warp_m;
}
template <typename Tile>
__device__ __forceinline__ int warp_column() {
  return static_cast<int>(threadIdx.x) / 32 % Tile::warps_n * Tile::warp_n;
}

/** Operands float, in fused multiply-adds. A warp is 4 x 8 threads. */
template <typename Tile, bool a_deep, bool b_deep>
struct Float32Product {
  using Tiles = SharedTiles<Tile, float, a_deep, b_deep>;
  static constexpr int rows = 8;
  static constexpr int threads_m = Tile::m / rows, threads_n = Tile::threads / threads_m;
  static constexpr int columns = Tile::n / threads_n;
  static constexpr int warps_n = threads_n / 8;
  static_assert(columns % 4 == 0);

  float c[rows][columns] = {};

  __device__ static int thread_row() {
    return static_cast<int>(threadIdx.x) / 32 / warps_n * 4 + lane_of_warp() / 8;
  }
  __device__ static int thread_column() {
    return static_cast<int>(threadIdx.x) / 32 % warps_n * 8 + lane_of_warp() % 8;
  }
  // Of a deep tile the threads take neighbouring lines, of the other kind neighbouring vectors.
  __device__ static int row(int i) {
    return a_deep ? thread_row() + i * threads_m : (i / 4 * threads_m + thread_row()) * 4 + i % 4;
  }
  __device__ static int column(int j) {
    return b_deep ? thread_column() + j * threads_n
                  : (j / 4 * threads_n + thread_column()) * 4 + j % 4;
  }

  __device__ __forceinline__ void multiply(const float* a, const float* b) {
    using A = typename Tiles::A;
    using B = typename Tiles::B;
#pragma unroll 2
    for (int k = 0; k < Tile::k; k += 4) {
      Vector<float, 4> a_values[rows], b_values[columns];
#pragma unroll
      for (int i = 0; i < rows; ++i) {
        a_values[i] = a_deep ? load<4>(a + row(i) * A::stride + k)
                             : load<4>(a + (k + i % 4) * A::stride + row(i / 4 * 4));
      }
#pragma unroll
      for (int j = 0; j < columns; ++j) {
        b_values[j] = b_deep ? load<4>(b + column(j) * B::stride + k)
                             : load<4>(b + (k + j % 4) * B::stride + column(j / 4 * 4));
      }
#pragma unroll
      for (int step = 0; step < 4; ++step) {
#pragma unroll
        for (int i = 0; i < rows; ++i) {
          const float left = a_deep ? a_values[i].at[step] : a_values[i / 4 * 4 + step].at[i % 4];
#pragma unroll
          for (int j = 0; j < columns; ++j) {
            c[i][j] +=
                left * (b_deep ? b_values[j].at[step] : b_values[j / 4 * 4 + step].at[j % 4]);
          }
        }
      }
    }
  }

  __device__ __forceinline__ void store(float* result /* [m, result_stride] */) const {
#pragma unroll
    for (int i = 0; i < rows; ++i) {
#pragma unroll
      for (int j = 0; j < columns; ++j) result[row(i) * Tile::result_stride + column(j)] = c[i][j];
    }
  }
};

/** The accumulators of both products on the tensor cores. */
template <typename Tile>
struct MmaAccumulators {
  static constexpr int rows = Tile::warp_m / 16, columns = Tile::warp_n / 8;
  static_assert(columns % 2 == 0);

  float c[rows][columns][4] = {};

  __device__ __forceinline__ void store(float* result /* [m, result_stride] */) const {
    const int row = warp_row<Tile>() + lane_of_warp() / 4;
    const int column = warp_column<Tile>() + lane_of_warp() % 4 * 2;
#pragma unroll
    for (int i = 0; i < rows; ++i) {
#pragma unroll
      for (int j = 0; j < columns; ++j) {
        float* const at = result + (row + i * 16) * Tile::result_stride + column + j * 8;
        device::store<2>(at, Vector<float, 2>{{c[i][j][0], c[i][j][1]}});
        device::store<2>(at + 8 * Tile::result_stride, Vector<float, 2>{{c[i][j][2], c[i][j][3]}});
      }
    }
  }
};

/** Operands float in shared memory, rounded to tf32 as fragments. */
template <typename Tile, bool a_deep, bool b_deep>
struct Tf32Product : MmaAccumulators<Tile> {
  using Tiles = SharedTiles<Tile, float, a_deep, b_deep>;
  using MmaAccumulators<Tile>::rows, MmaAccumulators<Tile>::columns, MmaAccumulators<Tile>::c;

  __device__ __forceinline__ void multiply(const float* a, const float* b) {
    using A = typename Tiles::A;
    using B = typename Tiles::B;
    const int lane = lane_of_warp(), g = lane / 4, t = lane % 4;
    const int row = warp_row<Tile>(), column = warp_column<Tile>();
    // The row of a matrix of 8 rows and 4 columns that this lane asks load_matrices for.
    const float* const a_rows = a + (row + lane % 16) * A::stride + lane / 16 * 4;
    const float* const b_rows =
        b + (column + lane / 16 * 8 + lane % 8) * B::stride + lane / 8 % 2 * 4;
#pragma unroll
    for (int k = 0; k < Tile::k; k += 8) {
      std::uint32_t a_fragments[rows][4], b_fragments[columns][2];
#pragma unroll
      for (int i = 0; i < rows; ++i) {
        if constexpr (a_deep) {
          std::uint32_t words[4];
          load_matrices(words, a_rows + i * 16 * A::stride + k);
#pragma unroll
          for (int r = 0; r < 4; ++r) {
            a_fragments[i][r] = round_to_tf32(__uint_as_float(words[r]));
          }
        } else {
#pragma unroll
          for (int r = 0; r < 4; ++r) {
            a_fragments[i][r] =
                round_to_tf32(a[(k + r / 2 * 4 + t) * A::stride + row + i * 16 + r % 2 * 8 + g]);
          }
        }
      }
#pragma unroll
      for (int j = 0; j < columns; j += 2) {
        if constexpr (b_deep) {
          std::uint32_t words[4];
          load_matrices(words, b_rows + j * 8 * B::stride + k);
#pragma unroll
          for (int r = 0; r < 4; ++r) {
            b_fragments[j + r / 2][r % 2] = round_to_tf32(__uint_as_float(words[r]));
          }
        } else {
#pragma unroll
          for (int r = 0; r < 4; ++r) {
            b_fragments[j + r / 2][r % 2] =
                round_to_tf32(b[(k + r % 2 * 4 + t) * B::stride + column + (j + r / 2) * 8 + g]);
          }
        }
      }
#pragma unroll
      for (int i = 0; i < rows; ++i) {
#pragma unroll
        for (int j = 0; j < columns; ++j) mma_tf32(c[i][j], a_fragments[i], b_fragments[j]);
      }
    }
  }
};

/** Operands bfloat16 in shared memory, as 16-bit words. */
template <typename Tile, bool a_deep, bool b_deep>
struct Bfloat16Product : MmaAccumulators<Tile> {
  using Tiles = SharedTiles<Tile, std::uint16_t, a_deep, b_deep>;
  using MmaAccumulators<Tile>::rows, MmaAccumulators<Tile>::columns, MmaAccumulators<Tile>::c;

  __device__ __forceinline__ void multiply(const std::uint16_t* a, const std::uint16_t* b) {
    using A = typename Tiles::A;
    using B = typename Tiles::B;
    const int lane = lane_of_warp(), eight = lane % 8, low = lane / 8 % 2 * 8, high = lane / 16 * 8;
    const int row = warp_row<Tile>(), column = warp_column<Tile>();
    const std::uint16_t* const a_rows = a_deep ? a + (row + low + eight) * A::stride + high
                                               : a + (high + eight) * A::stride + row + low;
    const std::uint16_t* const b_rows = b_deep ? b + (column + high + eight) * B::stride + low
                                               : b + (low + eight) * B::stride + column + high;
#pragma unroll
    for (int k = 0; k < Tile::k; k += 16) {
      std::uint32_t a_fragments[rows][4], b_fragments[columns][2];
#pragma unroll
      for (int i = 0; i < rows; ++i) {
        if constexpr (a_deep) {
          load_matrices(a_fragments[i], a_rows + i * 16 * A::stride + k);
        } else {
          load_matrices_transposed(a_fragments[i], a_rows + k * A::stride + i * 16);
        }
      }
#pragma unroll
      for (int j = 0; j < columns; j += 2) {
        std::uint32_t words[4];
        if constexpr (b_deep) {
          load_matrices(words, b_rows + j * 8 * B::stride + k);
        } else {
          load_matrices_transposed(words, b_rows + k * B::stride + j * 8);
        }
#pragma unroll
        for (int r = 0; r < 4; ++r) b_fragments[j + r / 2][r % 2] = words[r];
      }
#pragma unroll
      for (int i = 0; i < rows; ++i) {
#pragma unroll
        for (int j = 0; j < columns; ++j) mma_bfloat16(c[i][j], a_fragments[i], b_fragments[j]);
      }
    }
  }
};

}  // namespace trialforge::cuda::device
