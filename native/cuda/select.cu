// A choice between two tensors, bound by memory.
#include <cstddef>
#include <cstdint>

#include "cuda/backend.h"
#include "cuda/device/vector.cuh"
#include "cuda/launch.h"

namespace trialforge::cuda {
namespace {

constexpr int block_threads = 256;
constexpr int width = 4;
constexpr std::size_t tile_elements = std::size_t{block_threads} * width;

// --- kernels

/** A condition for every element: both tensors are read, because most sectors have both. */
template <typename T>
__global__ void __launch_bounds__(block_threads)
    select_kernel(const std::uint8_t* condition /* [n] */, const T* a /* [n] */,
                  const T* b /* [n] */, T* y /* [n] */, std::size_t n) {
  const bool aligned =
      device::is_aligned<width>(a) && device::is_aligned<width>(b) && device::is_aligned<width>(y);
  const bool condition_aligned = device::is_aligned<width>(condition);
  for (std::size_t tile = blockIdx.x * tile_elements; tile < n; tile += gridDim.x * tile_elements) {
    const std::size_t i = tile + threadIdx.x * width;
    const auto chooses_a = device::load<width>(condition, i, n, condition_aligned);
    const auto from_a = device::load<width>(a, i, n, aligned);
    device::Vector<T, width> chosen = device::load<width>(b, i, n, aligned);
#pragma unroll
    for (int k = 0; k < width; ++k) {
      if (chooses_a.at[k] != 0) chosen.at[k] = from_a.at[k];
    }
    device::store<width>(y, i, n, chosen, aligned);
  }
}

/** A condition for every row: only what it chooses is read. */
template <typename T>
__global__ void __launch_bounds__(block_threads)
    select_rows_kernel(const std::uint8_t* condition /* [n / columns] */, std::size_t columns,
                       const T* a /* [n] */, const T* b /* [n] */, T* y /* [n] */, std::size_t n) {
  const bool aligned = device::is_aligned<width>(y);
  for (std::size_t tile = blockIdx.x * tile_elements; tile < n; tile += gridDim.x * tile_elements) {
    const std::size_t i = tile + threadIdx.x * width;
    if (i >= n) continue;
    std::size_t row = i / columns, column = i - row * columns;
    device::Vector<T, width> chosen = {};
#pragma unroll
    for (int k = 0; k < width; ++k) {
      if (i + k >= n) continue;
      chosen.at[k] = (condition[row] != 0 ? a : b)[i + k];
      if (++column == columns) column = 0, ++row;
    }
    device::store<width>(y, i, n, chosen, aligned);
  }
}

// --- launchers

template <typename T>
void select_as(const Queue& queue, const std::uint8_t* condition, std::size_t conditions,
               const void* a, const void* b, void* y, std::size_t n) {
  const LaunchShape shape{dim3(grid_for(queue, ceil_div(n, tile_elements))), dim3(block_threads)};
  const T* const from_a = static_cast<const T*>(a);
  const T* const from_b = static_cast<const T*>(b);
  if (conditions == n) {
    launch(queue, shape, select_kernel<T>, condition, from_a, from_b, static_cast<T*>(y), n);
  } else {
    launch(queue, shape, select_rows_kernel<T>, condition, n / conditions, from_a, from_b,
           static_cast<T*>(y), n);
  }
}

}  // namespace

void select(const Queue& queue, const std::uint8_t* condition, std::size_t conditions, DType type,
            const void* a, const void* b, void* y, std::size_t n) {
  if (bytes_of(type) == 1) {
    select_as<std::uint8_t>(queue, condition, conditions, a, b, y, n);
  } else {
    select_as<std::uint32_t>(queue, condition, conditions, a, b, y, n);
  }
}

}  // namespace trialforge::cuda
