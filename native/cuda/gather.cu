// Rows by their index, in units of up to 16 bytes, and indices as rows. Bound by memory.
#include <cstddef>
#include <cstdint>

#include "cuda/backend.h"
#include "cuda/device/divisor.cuh"
#include "cuda/device/vector.cuh"
#include "cuda/launch.h"
#include "cuda/units.h"

namespace trialforge::cuda {
namespace {

constexpr int block_threads = 256;
constexpr int units_per_thread = 4;
constexpr unsigned tile_units = block_threads * units_per_thread;
constexpr int width = 4;  // of one_hot

// --- device helpers

/** y: [batch, outer, indices, row_units], x: [batch, outer, axis, row_units]. */
struct Rows {
  unsigned n;  // units of y
  unsigned axis;
  device::Divisor row_units, indices, outer;
};

// --- kernels

template <typename Unit>
__global__ void __launch_bounds__(block_threads)
    gather_kernel(const __grid_constant__ Rows rows, const Unit* x,
                  const std::int32_t* indices /* [batch, indices] */, Unit* y) {
  for (unsigned tile = blockIdx.x * tile_units; tile < rows.n; tile += gridDim.x * tile_units) {
    Unit units[units_per_thread];
#pragma unroll
    for (int k = 0; k < units_per_thread; ++k) {
      units[k] = {};
      const unsigned i = tile + k * block_threads + threadIdx.x;
      if (i >= rows.n) continue;
      const unsigned row = rows.row_units.quotient(i);
      const unsigned slice = rows.indices.quotient(row), batch = rows.outer.quotient(slice);
      const unsigned at = row - slice * rows.indices.value;
      const auto index =
          static_cast<unsigned>(indices[static_cast<std::size_t>(batch) * rows.indices.value + at]);
      if (index >= rows.axis) continue;
      const std::size_t source = static_cast<std::size_t>(slice) * rows.axis + index;
      units[k] = x[source * rows.row_units.value + (i - row * rows.row_units.value)];
    }
#pragma unroll
    for (int k = 0; k < units_per_thread; ++k) {
      const unsigned i = tile + k * block_threads + threadIdx.x;
      if (i < rows.n) y[i] = units[k];
    }
  }
}

template <typename T>
__global__ void __launch_bounds__(block_threads)
    one_hot_kernel(device::Divisor depth, T on, T off,
                   const std::int32_t* indices /* [n / depth] */, T* y /* [n] */, unsigned n) {
  constexpr unsigned tile_elements = block_threads * width;
  const bool aligned = device::is_aligned<width>(y);
  for (unsigned tile = blockIdx.x * tile_elements; tile < n; tile += gridDim.x * tile_elements) {
    const unsigned i = tile + threadIdx.x * width;
    if (i >= n) continue;
    unsigned row = depth.quotient(i), column = i - row * depth.value;
    auto index = static_cast<unsigned>(indices[row]);
    device::Vector<T, width> values;
#pragma unroll
    for (int k = 0; k < width; ++k) {
      values.at[k] = column == index ? on : off;
      if (++column < depth.value || i + k + 1 >= n) continue;
      column = 0;
      index = static_cast<unsigned>(indices[++row]);
    }
    device::store<width>(y, i, n, values, aligned);
  }
}

// --- launchers

template <typename T>
void one_hot_as(const Queue& queue, int depth, double on, double off, const std::int32_t* indices,
                MutableTensorView y) {
  const auto n = static_cast<unsigned>(y.size);
  const LaunchShape shape{dim3(grid_for(queue, ceil_div(n, block_threads * width))),
                          dim3(block_threads)};
  launch(queue, shape, one_hot_kernel<T>, device::Divisor(depth), static_cast<T>(on),
         static_cast<T>(off), indices, y.as<T>(), n);
}

}  // namespace

void gather(const Queue& queue, const GatherShape& shape, std::size_t element_bytes, const void* x,
            const std::int32_t* indices, void* y) {
  const std::size_t row_bytes = static_cast<std::size_t>(shape.inner) * element_bytes;
  const std::size_t bytes = unit_bytes(row_bytes, x, y);
  const Rows rows{static_cast<unsigned>(shape.y_size() * element_bytes / bytes),
                  static_cast<unsigned>(shape.axis),
                  device::Divisor(static_cast<int>(row_bytes / bytes)),
                  device::Divisor(shape.indices_per_batch), device::Divisor(shape.outer)};
  const LaunchShape launch_shape{dim3(grid_for(queue, ceil_div(rows.n, tile_units))),
                                 dim3(block_threads)};
  with_unit(bytes, [&]<typename Unit>(Unit) {
    launch(queue, launch_shape, gather_kernel<Unit>, rows, static_cast<const Unit*>(x), indices,
           static_cast<Unit*>(y));
  });
}

void one_hot(const Queue& queue, int depth, double on, double off, const std::int32_t* indices,
             std::size_t, MutableTensorView y) {
  switch (y.dtype) {
    case DType::float32:
      return one_hot_as<float>(queue, depth, on, off, indices, y);
    case DType::int32:
      return one_hot_as<std::int32_t>(queue, depth, on, off, indices, y);
    case DType::bool8:
      return one_hot_as<std::uint8_t>(queue, depth, on, off, indices, y);
  }
}

}  // namespace trialforge::cuda
