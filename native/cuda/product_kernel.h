// The kernel of a product. Each precision's are compiled in a file of their own.
#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>

#include "cuda/device/activation.cuh"
#include "cuda/device/dropout.cuh"
#include "cuda/device/dynamic_shared.cuh"
#include "cuda/device/tile_pipeline.cuh"
#include "cuda/device/tile_product.cuh"
#include "cuda/device/vector.cuh"
#include "cuda/device/window_matrix.cuh"
#include "cuda/launch.h"
#include "cuda/product.h"

namespace trialforge::cuda {

/** A product cut into blocks: tiles of the result, and parts of the sum. */
struct BlockedProduct {
  Product product;
  unsigned tiles_n = 1;         // of the result, along n; these are neighbours
  unsigned steps = 0;           // tiles along k
  unsigned steps_in_split = 0;  // of a block
  unsigned first_batch = 0;
  bool result_is_vector = false;
  /** [splits, batch, partial_size] where the sum is split, else null: sums, and column sums. */
  float* partial = nullptr;
  std::size_t partial_size = 0;
};

// The tiles. Blocks of 128 threads whose shared memory lets at least two of them share a
// multiprocessor, with cache left for the windows that overlap; 256 threads for large products.
using WideTile = device::Tile<128, 128, 16, 64, 32, 4>;
using MiddleTile = device::Tile<128, 64, 32, 64, 32, 3>;
using NarrowTile = device::Tile<128, 32, 32, 32, 32, 3>;
using SquareTile = device::Tile<64, 64, 32, 32, 32, 3>;

template <typename Tile, bool a_deep, bool b_deep>
struct Float32Policy {
  using Arithmetic = device::Float32Product<Tile, a_deep, b_deep>;
  using Pipeline = device::AsyncPipeline<Tile, typename Arithmetic::Tiles>;
};
template <typename Tile, bool a_deep, bool b_deep>
struct Tf32Policy {
  using Arithmetic = device::Tf32Product<Tile, a_deep, b_deep>;
  using Pipeline = device::AsyncPipeline<Tile, typename Arithmetic::Tiles>;
};
template <typename Tile, bool a_deep, bool b_deep>
struct Bfloat16Policy {
  using Arithmetic = device::Bfloat16Product<Tile, a_deep, b_deep>;
  using Pipeline = device::RegisterPipeline<Tile, typename Arithmetic::Tiles>;
};

namespace product_detail {

using Values = device::Vector<float, 4>;

/** Stores those of four values that a row of n has from column `column` on. */
__device__ __forceinline__ void store_values(float* row, unsigned column, unsigned n,
                                             bool is_vector, const Values& values) {
  if (is_vector) {
    device::store<4>(row + column, values);
    return;
  }
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    if (column + i < n) row[column + i] = values.at[i];
  }
}

__device__ __forceinline__ Values activated(Activation activation, Values values,
                                            const Values& bias) {
#pragma unroll
  for (int i = 0; i < 4; ++i) values.at[i] += bias.at[i];
  if (activation == Activation::linear) return values;
  device::with_activation(activation, [&](auto constant) {
#pragma unroll
    for (float& value : values.at) {
      value = device::activation_value<decltype(constant)::value>(value);
    }
  });
  return values;
}

/** What a block does with its tile of the result, which is in shared memory. */
template <typename Tile, bool rows_are_depth>
struct Epilogue {
  static constexpr int in_line = Tile::n / 4;
  static constexpr int step = Tile::threads / in_line;

  const BlockedProduct& p;
  const float* tile;  // [m, result_stride]
  unsigned first_row, column, batch;

  /** Row `row` of the tile in the result; false if there is none. */
  __device__ __forceinline__ bool find_row(unsigned row, std::size_t& result) const {
    const device::WindowMatrix& left = p.product.left;
    const unsigned number = first_row + row;
    if constexpr (rows_are_depth) {
      const unsigned tap = left.padded_channels.quotient(number);
      const unsigned channel = number - tap * left.padded_channels.value;
      result = std::size_t{tap} * left.channels + channel;
      return number < left.depth() && channel < static_cast<unsigned>(left.channels);
    } else {
      result = number;
      return number < left.pixels;
    }
  }

  __device__ __forceinline__ Values values_of(unsigned row) const {
    return device::load<4>(tile + row * Tile::result_stride + threadIdx.x % in_line * 4);
  }

  /** `values` are of row `row` of the result, from `column` on. */
  __device__ __forceinline__ void drop(std::size_t row, Values& values) const {
    const TrialDropout& dropout = p.product.result.dropout;
    if (dropout.states == nullptr) return;
    device::Dropout(dropout, batch)
        .apply(row * static_cast<unsigned>(p.product.right.n) + column, values);
  }

  /** To `target`, as it is or finished: with bias, activation and dropout. */
  template <bool finishes>
  __device__ __forceinline__ void store(float* target) const {
    const ProductResult& to = p.product.result;
    const unsigned n = p.product.right.n;
    const Values bias = finishes ? bias_values() : Values{};
#pragma unroll 1
    for (unsigned row = threadIdx.x / in_line; row < Tile::m; row += step) {
      std::size_t number;
      if (!find_row(row, number)) continue;
      Values values = values_of(row);
      if constexpr (finishes) {
        values = activated(to.activation, values, bias);
        drop(number, values);
      }
      store_values(target + number * n, column, n, p.result_is_vector, values);
    }
  }

  /** The product as the gradient of what made x: `gate` and `argmax` are this problem's, or null.
   */
  __device__ __forceinline__ void store_gradient(float* target, const float* gate,
                                                 const std::int32_t* argmax) const {
    constexpr int ahead = 4;
    const device::MaxUnpooling& unpooling = p.product.result.unpooling;
    const unsigned n = p.product.right.n;
#pragma unroll 1
    for (unsigned first = threadIdx.x / in_line; first < Tile::m; first += ahead * step) {
      Values gates[ahead];
      device::Vector<std::int32_t, 4> positions[ahead];
#pragma unroll
      for (int i = 0; i < ahead; ++i) {
        std::size_t number;
        gates[i] = {};
        if (!find_row(first + i * step, number)) continue;
        if (argmax != nullptr) positions[i] = device::load<4>(argmax + number * n + column);
        if (gate == nullptr) continue;
        const float* const from = gate + number * n + column;
        if (p.result_is_vector) {
          gates[i] = device::load<4>(from);
        } else {
#pragma unroll
          for (int q = 0; q < 4; ++q) {
            if (column + q < n) gates[i].at[q] = from[q];
          }
        }
      }
      device::with_activation(p.product.result.gate_activation, [&](auto constant) {
#pragma unroll
        for (int i = 0; i < ahead; ++i) {
          const Values values = values_of(first + i * step);
#pragma unroll
          for (int q = 0; q < 4; ++q) {
            gates[i].at[q] = device::activation_gradient<decltype(constant)::value>(gates[i].at[q],
                                                                                    values.at[q]);
          }
        }
      });
#pragma unroll
      for (int i = 0; i < ahead; ++i) {
        std::size_t number;
        if (!find_row(first + i * step, number)) continue;
        drop(number, gates[i]);
        if (argmax != nullptr) {
          unpooling.store<4>(target, static_cast<unsigned>(number) * n + column, gates[i],
                             positions[i]);
        } else {
          store_values(target + number * n, column, n, p.result_is_vector, gates[i]);
        }
      }
    }
  }

  /** The largest of every four rows: the first of equal ones, NaN before any number. */
  __device__ __forceinline__ void store_pooled(float* target, std::int32_t* argmax) const {
    const ProductResult& to = p.product.result;
    const unsigned n = p.product.right.n;
    const Values bias = bias_values();
#pragma unroll 1
    for (unsigned window = threadIdx.x / in_line; window < Tile::m / 4; window += step) {
      const unsigned number = first_row + window * 4;
      if (number >= p.product.left.pixels) continue;
      Values largest = {};
      int positions[4] = {};
      // Not unrolled: an activation is a lot of code.
#pragma unroll 1
      for (int i = 0; i < 4; ++i) {
        const Values values = activated(to.activation, values_of(window * 4 + i), bias);
#pragma unroll
        for (int q = 0; q < 4; ++q) {
          const float value = values.at[q], before = largest.at[q];
          if (i == 0 || value > before || (isnan(value) && !isnan(before))) {
            largest.at[q] = value;
            positions[q] = i;
          }
        }
      }
      const std::size_t row = std::size_t{number / 4} * n;
      drop(number / 4, largest);
      store_values(target + row, column, n, p.result_is_vector, largest);
      if (argmax == nullptr) continue;
      const device::Pixel pixel = device::pixel_of(p.product.left, number);
#pragma unroll
      for (int q = 0; q < 4; ++q) {
        if (column + q >= n) continue;
        const unsigned at = (pixel.row + positions[q] / 2) * to.image_width + pixel.column +
                            static_cast<unsigned>(positions[q] % 2);
        argmax[row + column + q] = static_cast<std::int32_t>(at * n + column + q);
      }
    }
  }

  __device__ __forceinline__ Values bias_values() const {
    const ProductResult& to = p.product.result;
    Values bias = {};
    if (to.bias == nullptr) return bias;
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      if (column + i < static_cast<unsigned>(p.product.right.n)) {
        bias.at[i] = to.bias[batch * to.bias_stride + column + i];
      }
    }
    return bias;
  }
};

/** Adds up what the threads that copied the same columns have, and stores it in target[n]. */
template <typename Tile, typename Pieces>
__device__ __forceinline__ void store_column_sums(const device::ColumnSums& columns, float* shared,
                                                  unsigned first, unsigned n, float* target) {
  device::store<4>(shared + threadIdx.x / Pieces::in_line * Tile::n + Pieces::column(),
                   columns.sums);
  __syncthreads();
  for (unsigned i = threadIdx.x; i < Tile::n && first + i < n; i += Tile::threads) {
    float sum = 0;
#pragma unroll
    for (int line = 0; line < Pieces::step; ++line) sum += shared[line * Tile::n + i];
    target[first + i] = sum;
  }
  __syncthreads();
}

template <template <typename, bool, bool> typename Policy, typename Tile, ProductForm form>
struct Kernel {
  static constexpr bool rows_are_depth = form == ProductForm::tn;
  static constexpr bool a_deep = form != ProductForm::tn, b_deep = form == ProductForm::nt;
  using Arithmetic = typename Policy<Tile, a_deep, b_deep>::Arithmetic;
  using Pipeline = typename Policy<Tile, a_deep, b_deep>::Pipeline;
  using Tiles = typename Arithmetic::Tiles;
  using Element = typename Tiles::A::Element;
  using Left = std::conditional_t<a_deep, device::PixelLines<typename Tiles::A, Tile::threads>,
                                  device::PixelColumns<typename Tiles::A, Tile::threads>>;
  using Right =
      std::conditional_t<b_deep, device::RightColumns<typename Tiles::B, Tile::threads>,
                         device::RightRows<typename Tiles::B, Tile::threads, rows_are_depth>>;
  static constexpr std::size_t shared_bytes =
      std::max(sizeof(Element) * Pipeline::slots * Tiles::elements,
               sizeof(float) * Tile::m * Tile::result_stride);
};

template <template <typename, bool, bool> typename Policy, typename Tile, ProductForm form>
__global__ void __launch_bounds__(Tile::threads, 256 / Tile::threads)
    product_kernel(const __grid_constant__ BlockedProduct p) {
  using K = Kernel<Policy, Tile, form>;
  const device::WindowMatrix& left = p.product.left;
  const device::RightMatrix& right = p.product.right;
  const ProductResult& to = p.product.result;
  const unsigned n = right.n, batch = p.first_batch + blockIdx.z, split = blockIdx.y;
  const unsigned first_row = blockIdx.x / p.tiles_n * Tile::m;
  const unsigned first_column = blockIdx.x % p.tiles_n * Tile::n;
  const unsigned begin = split * p.steps_in_split;
  const unsigned end = begin + p.steps_in_split < p.steps ? begin + p.steps_in_split : p.steps;

  auto* const shared = device::dynamic_shared<typename K::Element>();
  auto* const result = reinterpret_cast<float*>(shared);
  float* const partial =
      p.partial == nullptr
          ? nullptr
          : p.partial + (std::size_t{split} * p.product.batch + batch) * p.partial_size;
  device::ColumnSums columns;
  if constexpr (K::rows_are_depth) {
    columns.are_wanted = to.column_sums != nullptr && first_row == 0;
  }
  typename K::Arithmetic product;
  {
    const typename K::Left a(left, left.data + batch * left.batch_stride, first_row);
    const typename K::Right b(right, left, right.data + batch * right.batch_stride, first_column);
    K::Pipeline::run(product, a, b, shared, begin, end, columns);
  }
  if constexpr (K::rows_are_depth) {
    if (columns.are_wanted) {
      float* const target = partial == nullptr ? to.column_sums + batch * to.column_sums_stride
                                               : partial + (p.partial_size - n);
      store_column_sums<Tile, typename K::Right::Pieces>(columns, result, first_column, n, target);
    }
  }
  product.store(result);
  __syncthreads();
  using BlockEpilogue = Epilogue<Tile, K::rows_are_depth>;
  const BlockEpilogue epilogue{p, result, first_row,
                               first_column + threadIdx.x % BlockEpilogue::in_line * 4, batch};
  if (epilogue.column >= n) return;
  float* const target = to.data + batch * to.batch_stride;
  const std::int32_t* const windows = to.unpooling.argmax;
  if (partial != nullptr) {
    epilogue.template store<false>(partial);
  } else if (form == ProductForm::nn && to.pools) {
    epilogue.store_pooled(target,
                          to.argmax == nullptr ? nullptr : to.argmax + batch * to.batch_stride);
  } else if (form == ProductForm::nt && (to.gate != nullptr || windows != nullptr)) {
    const std::size_t first = std::size_t{batch} * left.pixels * n;
    epilogue.store_gradient(target, to.gate == nullptr ? nullptr : to.gate + first,
                            windows == nullptr ? nullptr : windows + first);
  } else {
    epilogue.template store<true>(target);
  }
}

}  // namespace product_detail

/** Queues the blocks of grid.x tiles, grid.y splits and grid.z problems. */
template <template <typename, bool, bool> typename Policy, typename Tile, ProductForm form>
void launch_product(const Queue& queue, dim3 grid, const BlockedProduct& product) {
  launch(queue,
         {grid, dim3(Tile::threads), product_detail::Kernel<Policy, Tile, form>::shared_bytes},
         product_detail::product_kernel<Policy, Tile, form>, product);
}

// product.cu calls these; one a precision, so that they compile side by side.

enum class ProductTile { wide, middle, narrow, square };

using LaunchProduct = void(const Queue& queue, ProductTile tile, dim3 grid,
                           const BlockedProduct& product);
LaunchProduct launch_float32_product, launch_tf32_product, launch_bfloat16_product;

/** The kernels of one precision. */
template <template <typename, bool, bool> typename Policy>
void launch_product(const Queue& queue, ProductTile tile, dim3 grid,
                    const BlockedProduct& product) {
  const auto with_tile = [&](auto chosen) {
    using Chosen = decltype(chosen);
    switch (product.product.form) {
      case ProductForm::nn:
        return launch_product<Policy, Chosen, ProductForm::nn>(queue, grid, product);
      case ProductForm::nt:
        return launch_product<Policy, Chosen, ProductForm::nt>(queue, grid, product);
      case ProductForm::tn:
        return launch_product<Policy, Chosen, ProductForm::tn>(queue, grid, product);
    }
  };
  switch (tile) {
    case ProductTile::wide:
      return with_tile(WideTile{});
    case ProductTile::middle:
      return with_tile(MiddleTile{});
    case ProductTile::narrow:
      return with_tile(NarrowTile{});
    case ProductTile::square:
      return with_tile(SquareTile{});
  }
}

}  // namespace trialforge::cuda
