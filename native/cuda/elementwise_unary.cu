// Functions of one element and casts, bound by memory: 16-byte loads of floats, several of them in
// flight.
#include <cstddef>
#include <cstdint>

#include "cuda/backend.h"
#include "cuda/device/unary_functions.cuh"
#include "cuda/device/vector.cuh"
#include "cuda/launch.h"

namespace trialforge::cuda {
namespace {

constexpr int block_threads = 256;
constexpr int width = 4;
constexpr int vectors_per_thread = 2;
constexpr std::size_t tile_elements = std::size_t{block_threads} * width * vectors_per_thread;

// --- kernels

/** Blocks loop over tiles; in a tile, thread t has vectors t, t + block_threads, ... */
template <typename X, typename Y, typename Function>
__global__ void __launch_bounds__(block_threads)
    map_kernel(Function function, const X* x /* [n] */, Y* y /* [n] */, std::size_t n) {
  const bool x_aligned = device::is_aligned<width>(x), y_aligned = device::is_aligned<width>(y);
  for (std::size_t tile = blockIdx.x * tile_elements; tile < n; tile += gridDim.x * tile_elements) {
    device::Vector<X, width> values[vectors_per_thread];
#pragma unroll
    for (int v = 0; v < vectors_per_thread; ++v) {
      const std::size_t i = tile + (v * block_threads + threadIdx.x) * width;
      values[v] = device::load<width>(x, i, n, x_aligned);
    }
#pragma unroll
    for (int v = 0; v < vectors_per_thread; ++v) {
      const std::size_t i = tile + (v * block_threads + threadIdx.x) * width;
      device::Vector<Y, width> results;
#pragma unroll
      for (int k = 0; k < width; ++k) results.at[k] = function(values[v].at[k]);
      device::store<width>(y, i, n, results, y_aligned);
    }
  }
}

// --- launchers

template <typename X, typename Y, typename Function>
void map(const Queue& queue, Function function, const void* x, void* y, std::size_t n) {
  launch(queue, {dim3(grid_for(queue, ceil_div(n, tile_elements))), dim3(block_threads)},
         map_kernel<X, Y, Function>, function, static_cast<const X*>(x), static_cast<Y*>(y), n);
}

void unary_floats(const Queue& queue, UnaryOp op, const UnaryParameters& parameters, const void* x,
                  void* y, std::size_t n) {
  const auto floats = [&](auto function) { map<float, float>(queue, function, x, y, n); };
  const auto truths = [&](auto function) { map<float, std::uint8_t>(queue, function, x, y, n); };
  switch (op) {
    case UnaryOp::abs:
      return floats(device::Abs{});
    case UnaryOp::acos:
      return floats(device::Acos{});
    case UnaryOp::acosh:
      return floats(device::Acosh{});
    case UnaryOp::asin:
      return floats(device::Asin{});
    case UnaryOp::asinh:
      return floats(device::Asinh{});
    case UnaryOp::atan:
      return floats(device::Atan{});
    case UnaryOp::atanh:
      return floats(device::Atanh{});
    case UnaryOp::ceil:
      return floats(device::Ceil{});
    case UnaryOp::cos:
      return floats(device::Cos{});
    case UnaryOp::cosh:
      return floats(device::Cosh{});
    case UnaryOp::elu:
      return floats(device::Elu{});
    case UnaryOp::erf:
      return floats(device::Erf{});
    case UnaryOp::exp:
      return floats(device::Exp{});
    case UnaryOp::expm1:
      return floats(device::Expm1{});
    case UnaryOp::floor:
      return floats(device::Floor{});
    case UnaryOp::is_finite:
      return truths(device::IsFinite{});
    case UnaryOp::is_inf:
      return truths(device::IsInf{});
    case UnaryOp::is_nan:
      return truths(device::IsNan{});
    case UnaryOp::log:
      return floats(device::Log{});
    case UnaryOp::log1p:
      return floats(device::Log1p{});
    case UnaryOp::neg:
      return floats(device::Neg{});
    case UnaryOp::reciprocal:
      return floats(device::Reciprocal{});
    case UnaryOp::relu:
      return floats(device::Relu{});
    case UnaryOp::relu6:
      return floats(device::Relu6{});
    case UnaryOp::round:
      return floats(device::Round{});
    case UnaryOp::rsqrt:
      return floats(device::Rsqrt{});
    case UnaryOp::selu:
      return floats(device::Selu{});
    case UnaryOp::sigmoid:
      return floats(device::Sigmoid{});
    case UnaryOp::sign:
      return floats(device::Sign{});
    case UnaryOp::sin:
      return floats(device::Sin{});
    case UnaryOp::sinh:
      return floats(device::Sinh{});
    case UnaryOp::softplus:
      return floats(device::Softplus{});
    case UnaryOp::sqrt:
      return floats(device::Sqrt{});
    case UnaryOp::square:
      return floats(device::Square{});
    case UnaryOp::tan:
      return floats(device::Tan{});
    case UnaryOp::tanh:
      return floats(device::Tanh{});
    case UnaryOp::leaky_relu:
      return floats(device::LeakyRelu{parameters.alpha});
    case UnaryOp::step:
      return floats(device::Step{parameters.alpha});
    case UnaryOp::clip:
      return floats(device::Clip{parameters.alpha, parameters.beta});
    case UnaryOp::logical_not:
      break;  // of bool8
  }
}

void unary_integers(const Queue& queue, UnaryOp op, const UnaryParameters& parameters,
                    const void* x, void* y, std::size_t n) {
  const auto integers = [&](auto function) {
    map<std::int32_t, std::int32_t>(queue, function, x, y, n);
  };
  switch (op) {
    case UnaryOp::abs:
      return integers(device::IntAbs{});
    case UnaryOp::neg:
      return integers(device::IntNeg{});
    case UnaryOp::relu:
      return integers(device::IntRelu{});
    case UnaryOp::relu6:
      return integers(device::IntRelu6{});
    case UnaryOp::sign:
      return integers(device::IntSign{});
    case UnaryOp::square:
      return integers(device::IntSquare{});
    case UnaryOp::step:
      return integers(device::IntStep{parameters.alpha});
    case UnaryOp::clip:
      return integers(device::IntClip{parameters.alpha, parameters.beta});
    default:
      break;
  }
}

}  // namespace

void unary(const Queue& queue, UnaryOp op, DType type, const UnaryParameters& parameters,
           const void* x, void* y, std::size_t n) {
  switch (type) {
    case DType::float32:
      return unary_floats(queue, op, parameters, x, y, n);
    case DType::int32:
      return unary_integers(queue, op, parameters, x, y, n);
    case DType::bool8:
      return map<std::uint8_t, std::uint8_t>(queue, device::LogicalNot{}, x, y, n);
  }
}

void cast(const Queue& queue, DType from, const void* x, DType to, void* y, std::size_t n) {
  using Int = std::int32_t;
  using Bool = std::uint8_t;
  if (from == to) {
    if (x == y) return;
    // The bits, whatever they mean.
    if (bytes_of(from) == 1) {
      return map<Bool, Bool>(queue, device::Convert<Bool, Bool>{}, x, y, n);
    }
    return map<Int, Int>(queue, device::Convert<Int, Int>{}, x, y, n);
  }
  switch (from) {
    case DType::float32:
      if (to == DType::int32) return map<float, Int>(queue, device::FloatToInt{}, x, y, n);
      return map<float, Bool>(queue, device::Truth<float>{}, x, y, n);
    case DType::int32:
      if (to == DType::float32)
        return map<Int, float>(queue, device::Convert<Int, float>{}, x, y, n);
      return map<Int, Bool>(queue, device::Truth<Int>{}, x, y, n);
    case DType::bool8:
      if (to == DType::float32) {
        return map<Bool, float>(queue, device::Convert<Bool, float>{}, x, y, n);
      }
      return map<Bool, Int>(queue, device::Convert<Bool, Int>{}, x, y, n);
  }
}

}  // namespace trialforge::cuda
