// Functions of two elements that broadcast. Neighbouring axes along which the same operands advance
// are one; then a vector of the result lies in one row of the innermost axis, or its elements are
// found one by one.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "cuda/backend.h"
#include "cuda/device/binary_functions.cuh"
#include "cuda/device/divisor.cuh"
#include "cuda/device/vector.cuh"
#include "cuda/launch.h"

namespace trialforge::cuda {
namespace {

constexpr int block_threads = 256;
constexpr int width = 4;
constexpr int vectors_per_thread = 2;
constexpr unsigned tile_elements = block_threads * width * vectors_per_thread;

// --- device helpers

/** The axes of the result. A stride of 0 repeats the operand. */
struct Broadcast {
  struct Axis {
    device::Divisor size;
    unsigned a = 0, b = 0;  // strides
  };
  unsigned n = 1;      // elements of the result
  Axis columns;        // the innermost axis
  int outer_axes = 0;  // around it, the innermost first
  Axis outer[max_broadcast_rank - 1];
  /** Whether no vector of the result, other than its last one, is in two rows. */
  bool has_whole_vectors = true;
};

/** Offsets of the operands' elements. */
struct Place {
  unsigned a, b;
};

__device__ __forceinline__ Place place_of(const Broadcast& shape, unsigned i) {
  if (shape.outer_axes == 0) return {i * shape.columns.a, i * shape.columns.b};
  unsigned row = shape.columns.size.quotient(i);
  const unsigned column = i - row * shape.columns.size.value;
  Place place{column * shape.columns.a, column * shape.columns.b};
  for (int d = 0; d < shape.outer_axes - 1; ++d) {
    const Broadcast::Axis& axis = shape.outer[d];
    const unsigned next = axis.size.quotient(row), index = row - next * axis.size.value;
    place.a += index * axis.a;
    place.b += index * axis.b;
    row = next;
  }
  const Broadcast::Axis& last = shape.outer[shape.outer_axes - 1];
  return {place.a + row * last.a, place.b + row * last.b};
}

/** The next `width` of `rest` elements from x on, or the first one repeated. */
template <typename T>
__device__ __forceinline__ device::Vector<T, width> operand(const T* x, unsigned stride,
                                                            unsigned rest, bool aligned) {
  if (stride != 0) return device::load<width>(x, 0, rest, aligned);
  device::Vector<T, width> result;
  const T repeated = *x;
#pragma unroll
  for (int k = 0; k < width; ++k) result.at[k] = repeated;
  return result;
}

// --- kernels

template <typename T, typename Y, typename Function>
__global__ void __launch_bounds__(block_threads)
    binary_kernel(Function function, const __grid_constant__ Broadcast shape, const T* a,
                  const T* b, Y* y /* [n] */) {
  using Operands = device::Vector<T, width>;
  const unsigned n = shape.n;
  const bool a_aligned = device::is_aligned<width>(a), b_aligned = device::is_aligned<width>(b);
  const bool y_aligned = device::is_aligned<width>(y);
  for (unsigned tile = blockIdx.x * tile_elements; tile < n; tile += gridDim.x * tile_elements) {
    Operands from_a[vectors_per_thread] = {}, from_b[vectors_per_thread] = {};
#pragma unroll
    for (int v = 0; v < vectors_per_thread; ++v) {
      const unsigned i = tile + (v * block_threads + threadIdx.x) * width;
      if (i >= n) continue;
      if (shape.has_whole_vectors) {
        const Place place = place_of(shape, i);
        from_a[v] = operand(a + place.a, shape.columns.a, n - i, a_aligned);
        from_b[v] = operand(b + place.b, shape.columns.b, n - i, b_aligned);
        continue;
      }
#pragma unroll
      for (int k = 0; k < width; ++k) {
        if (i + k >= n) continue;
        const Place place = place_of(shape, i + k);
        from_a[v].at[k] = a[place.a];
        from_b[v].at[k] = b[place.b];
      }
    }
#pragma unroll
    for (int v = 0; v < vectors_per_thread; ++v) {
      const unsigned i = tile + (v * block_threads + threadIdx.x) * width;
      if (i >= n) continue;
      device::Vector<Y, width> results;
#pragma unroll
      for (int k = 0; k < width; ++k) {
        results.at[k] = function(from_a[v].at[k], from_b[v].at[k]);
      }
      device::store<width>(y, i, n, results, y_aligned);
    }
  }
}

// --- launchers

Broadcast broadcast(std::span<const int> a_shape, std::span<const int> b_shape) {
  struct Axis {
    int size;
    unsigned a, b;
  };
  Axis axes[max_broadcast_rank] = {{1, 0, 0}};  // the innermost first
  int count = 0;
  unsigned n = 1, a_stride = 1, b_stride = 1;
  for (std::size_t d = 0; d < std::max(a_shape.size(), b_shape.size()); ++d) {
    const int a = d < a_shape.size() ? a_shape[a_shape.size() - 1 - d] : 1;
    const int b = d < b_shape.size() ? b_shape[b_shape.size() - 1 - d] : 1;
    if (a == 1 && b == 1) continue;
    const Axis axis{std::max(a, b), a == 1 ? 0 : a_stride, b == 1 ? 0 : b_stride};
    const bool continues = count > 0 && (axes[count - 1].a == 0) == (axis.a == 0) &&
                           (axes[count - 1].b == 0) == (axis.b == 0);
    if (continues) {
      axes[count - 1].size *= axis.size;
    } else {
      axes[count++] = axis;
    }
    n *= static_cast<unsigned>(axis.size);
    a_stride *= static_cast<unsigned>(a);
    b_stride *= static_cast<unsigned>(b);
  }
  Broadcast result;
  result.n = n;
  result.columns = {device::Divisor(axes[0].size), axes[0].a, axes[0].b};
  result.outer_axes = std::max(count - 1, 0);
  for (int d = 0; d < result.outer_axes; ++d) {
    result.outer[d] = {device::Divisor(axes[d + 1].size), axes[d + 1].a, axes[d + 1].b};
  }
  result.has_whole_vectors = result.outer_axes == 0 || axes[0].size % width == 0;
  return result;
}

/** What a function is applied to. */
struct Operation {
  const Queue& queue;
  Broadcast shape;
  const void *a, *b;
  void* y;

  template <typename T, typename Y, typename Function>
  void run(Function function) const {
    const std::size_t tiles = ceil_div(shape.n, tile_elements);
    launch(queue, {dim3(grid_for(queue, tiles)), dim3(block_threads)},
           binary_kernel<T, Y, Function>, function, shape, static_cast<const T*>(a),
           static_cast<const T*>(b), static_cast<Y*>(y));
  }

  /** With a and b exchanged. */
  Operation swapped() const {
    Operation result = *this;
    const auto swap = [](Broadcast::Axis& axis) { std::swap(axis.a, axis.b); };
    std::swap(result.a, result.b);
    swap(result.shape.columns);
    std::for_each_n(result.shape.outer, shape.outer_axes, swap);
    return result;
  }
};

template <typename T>
void compare(const Operation& operation, BinaryOp op) {
  using Bool = std::uint8_t;
  switch (op) {
    case BinaryOp::equal:
      return operation.run<T, Bool>(device::Equal{});
    case BinaryOp::not_equal:
      return operation.run<T, Bool>(device::NotEqual{});
    case BinaryOp::less:
      return operation.run<T, Bool>(device::Less{});
    case BinaryOp::less_equal:
      return operation.run<T, Bool>(device::LessEqual{});
    case BinaryOp::greater:
      return operation.swapped().run<T, Bool>(device::Less{});
    case BinaryOp::greater_equal:
      return operation.swapped().run<T, Bool>(device::LessEqual{});
    default:
      break;
  }
}

void binary_floats(const Operation& operation, BinaryOp op) {
  const auto run = [&](auto function) { operation.run<float, float>(function); };
  switch (op) {
    case BinaryOp::add:
      return run(device::Add{});
    case BinaryOp::subtract:
      return run(device::Subtract{});
    case BinaryOp::multiply:
      return run(device::Multiply{});
    case BinaryOp::divide:
      return run(device::Divide{});
    case BinaryOp::floor_divide:
      return run(device::FloorDivide{});
    case BinaryOp::mod:
      return run(device::Mod{});
    case BinaryOp::maximum:
      return run(device::MaximumOrNan{});
    case BinaryOp::minimum:
      return run(device::MinimumOrNan{});
    case BinaryOp::pow:
      return run(device::Pow{});
    case BinaryOp::squared_difference:
      return run(device::SquaredDifference{});
    case BinaryOp::atan2:
      return run(device::Atan2{});
    case BinaryOp::relu_grad:
      return run(device::ReluGrad{});
    case BinaryOp::elu_grad:
      return run(device::EluGrad{});
    case BinaryOp::prelu:
      return run(device::Prelu{});
    default:
      return compare<float>(operation, op);
  }
}

void binary_integers(const Operation& operation, BinaryOp op) {
  const auto run = [&](auto function) { operation.run<std::int32_t, std::int32_t>(function); };
  switch (op) {
    case BinaryOp::add:
      return run(device::IntAdd{});
    case BinaryOp::subtract:
      return run(device::IntSubtract{});
    case BinaryOp::multiply:
      return run(device::IntMultiply{});
    case BinaryOp::divide:
      return run(device::IntDivide{});
    case BinaryOp::floor_divide:
      return run(device::IntFloorDivide{});
    case BinaryOp::mod:
      return run(device::IntMod{});
    case BinaryOp::maximum:
      return run(device::IntMaximum{});
    case BinaryOp::minimum:
      return run(device::IntMinimum{});
    case BinaryOp::pow:
      return run(device::IntPow{});
    case BinaryOp::squared_difference:
      return run(device::IntSquaredDifference{});
    case BinaryOp::bitwise_and:
      return run(device::IntBitwiseAnd{});
    default:
      return compare<std::int32_t>(operation, op);
  }
}

void binary_bools(const Operation& operation, BinaryOp op) {
  using Bool = std::uint8_t;
  switch (op) {
    case BinaryOp::logical_and:
      return operation.run<Bool, Bool>(device::LogicalAnd{});
    case BinaryOp::logical_or:
      return operation.run<Bool, Bool>(device::LogicalOr{});
    default:
      return compare<Bool>(operation, op);
  }
}

}  // namespace

void binary(const Queue& queue, BinaryOp op, DType type, std::span<const int> a_shape,
            std::span<const int> b_shape, const void* a, const void* b, void* y) {
  const Operation operation{queue, broadcast(a_shape, b_shape), a, b, y};
  switch (type) {
    case DType::float32:
      return binary_floats(operation, op);
    case DType::int32:
      return binary_integers(operation, op);
    case DType::bool8:
      return binary_bools(operation, op);
  }
}

}  // namespace trialforge::cuda
