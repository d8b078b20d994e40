// How tiles get from device memory to shared memory while the block multiplies earlier ones.
#pragma once

#include <cstdint>

#include "cuda/device/async_copy.cuh"
#include "cuda/device/mma.cuh"
#include "cuda/device/tile_product.cuh"
#include "cuda/device/vector.cuh"
#include "cuda/device/window_matrix.cuh"

namespace trialforge::cuda::device {

/** A thread's part of the sums of the right operand's columns, of the four that it copies. */
struct ColumnSums {
  bool are_wanted = false;
  Vector<float, 4> sums = {};

  __device__ __forceinline__ void add(const Vector<float, 4>& values) {
#pragma unroll
    for (int i = 0; i < 4; ++i) sums.at[i] += values.at[i];
  }
};

/** Tiles of float, copied by the copy engine of the multiprocessor, Tile::stages - 1 ahead. */
template <typename Tile, typename Tiles>
struct AsyncPipeline {
  static constexpr int slots = Tile::stages;

  /** Multiplies tiles [first, last). No thread reads `shared` any more when it returns. */
  template <typename Product, typename Left, typename Right>
  __device__ static __forceinline__ void run(Product& product, const Left& left, const Right& right,
                                             float* shared, unsigned first, unsigned last,
                                             ColumnSums& columns) {
    const auto copy_tile = [&](unsigned tile, int slot) {
      copy(left, tile * Tile::k, shared + slot * Tiles::elements);
      copy(right, tile * Tile::k, shared + slot * Tiles::elements + Tiles::A::elements);
    };
#pragma unroll
    for (int slot = 0; slot < slots - 1; ++slot) {
      if (first + slot < last) copy_tile(first + slot, slot);
      close_copy_group();
    }
    int slot = 0;
#pragma unroll 1
    for (unsigned tile = first; tile < last; ++tile) {
      wait_for_copy_groups<slots - 2>();
      __syncthreads();
      if (tile + slots - 1 < last) copy_tile(tile + slots - 1, slot == 0 ? slots - 1 : slot - 1);
      close_copy_group();
      const float* const a = shared + slot * Tiles::elements;
      const float* const b = a + Tiles::A::elements;
      if (columns.are_wanted) {
#pragma unroll
        for (int j = 0; j < Right::Pieces::count; ++j) {
          columns.add(load<4>(b + Right::Pieces::offset(j)));
        }
      }
      product.multiply(a, b);
      slot = slot == slots - 1 ? 0 : slot + 1;
    }
    wait_for_copy_groups<0>();
    __syncthreads();
  }

 private:
  template <typename Operand>
  __device__ static __forceinline__ void copy(const Operand& operand, unsigned k, float* shared) {
    operand.for_each(k, [&](int j, const Piece& piece) {
      float* const target = shared + Operand::Pieces::offset(j);
      if (operand.is_vector()) {
        copy_async<16>(target, piece.from, piece.count > 0);
        return;
      }
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const bool exists = i < piece.count;
        const std::size_t step = static_cast<std::size_t>(i) * operand.piece_stride();
        copy_async<4>(target + i, piece.from + (exists ? step : 0), exists);
      }
    });
  }
};

/**
 * Tiles of bfloat16, through registers, where float becomes bfloat16: half the shared memory to
 * write, and half to read for each product, which is what bounds a product of twice tf32's speed.
 */
template <typename Tile, typename Tiles>
struct RegisterPipeline {
  static constexpr int slots = 2;

  template <typename Product, typename Left, typename Right>
  __device__ static __forceinline__ void run(Product& product, const Left& left, const Right& right,
                                             std::uint16_t* shared, unsigned first, unsigned last,
                                             ColumnSums& columns) {
    Vector<float, 4> a[Left::Pieces::count], b[Right::Pieces::count];
    const auto load_tile = [&](unsigned tile) {
      load_pieces(left, tile * Tile::k, a);
      load_pieces(right, tile * Tile::k, b);
    };
    const auto store_tile = [&](int slot) {
      store_pieces<typename Left::Pieces>(shared + slot * Tiles::elements, a);
      store_pieces<typename Right::Pieces>(shared + slot * Tiles::elements + Tiles::A::elements, b);
      if (columns.are_wanted) {
#pragma unroll
        for (const Vector<float, 4>& values : b) columns.add(values);
      }
    };
    if (first < last) {
      load_tile(first);
      store_tile(0);
    }
    if (first + 1 < last) load_tile(first + 1);
    int slot = 0;
#pragma unroll 1
    for (unsigned tile = first; tile < last; ++tile) {
      __syncthreads();
      if (tile + 1 < last) store_tile(1 - slot);
      if (tile + 2 < last) load_tile(tile + 2);
      const std::uint16_t* const tiles = shared + slot * Tiles::elements;
      product.multiply(tiles, tiles + Tiles::A::elements);
      slot = 1 - slot;
    }
    __syncthreads();
  }

 private:
  template <typename Operand, int count>
  __device__ static __forceinline__ void load_pieces(const Operand& operand, unsigned k,
                                                     Vector<float, 4> (&values)[count]) {
    operand.for_each(k, [&](int j, const Piece& piece) {
      values[j] = {};
      if (operand.is_vector()) {
        if (piece.count > 0) values[j] = load<4>(piece.from);
        return;
      }
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const std::size_t step = static_cast<std::size_t>(i) * operand.piece_stride();
        if (i < piece.count) values[j].at[i] = piece.from[step];
      }
    });
  }

  template <typename Pieces, int count>
  __device__ static __forceinline__ void store_pieces(std::uint16_t* shared,
                                                      const Vector<float, 4> (&values)[count]) {
#pragma unroll
    for (int j = 0; j < count; ++j) {
      const auto& v = values[j].at;
      *reinterpret_cast<Vector<std::uint32_t, 2>*>(shared + Pieces::offset(j)) = {
          {pack_bfloat16(v[0], v[1]), pack_bfloat16(v[2], v[3])}};
    }
  }
};

}  // namespace trialforge::cuda::device
