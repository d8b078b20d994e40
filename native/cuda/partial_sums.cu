#include "cuda/partial_sums.h"

#include <cstddef>

#include "cuda/launch.h"

namespace trialforge::cuda {
namespace {

// The threads of a warp have neighbouring columns, the warps of a block every 16th row.
constexpr int block_columns = 32;
constexpr int block_rows = 16;

// --- kernels

__global__ void __launch_bounds__(block_columns* block_rows)
    sum_kernel(const float* partials /* [trials, rows, columns] */, std::size_t rows,
               std::size_t columns, std::size_t head, std::size_t weight_stride, float* sums,
               float* tail) {
  __shared__ float shared[block_rows][block_columns];
  const std::size_t column = std::size_t{blockIdx.x} * block_columns + threadIdx.x;
  float sum = 0;
  if (column < columns) {
    const float* at = partials + blockIdx.y * rows * columns + column;
#pragma unroll 8
    for (std::size_t row = threadIdx.y; row < rows; row += block_rows) sum += at[row * columns];
  }
  shared[threadIdx.y][threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.y > 0 || column >= columns) return;
#pragma unroll
  for (int row = 1; row < block_rows; ++row) sum += shared[row][threadIdx.x];
  if (column < head) {
    sums[blockIdx.y * weight_stride + column] = sum;
  } else if (tail != nullptr) {
    tail[blockIdx.y * weight_stride + column - head] = sum;
  }
}

}  // namespace

void sum_partials(const Queue& queue, const Trials& trials, const float* partials, std::size_t rows,
                  std::size_t columns, std::size_t head, float* sums, float* tail) {
  const dim3 grid(static_cast<unsigned>(ceil_div(columns, block_columns)), trials.count);
  launch(queue, {grid, dim3(block_columns, block_rows)}, sum_kernel, partials, rows, columns, head,
         trials.weight_stride, sums, tail);
}

}  // namespace trialforge::cuda
