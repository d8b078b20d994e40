#include <algorithm>

#include "cpu/kernels/kernels.h"
#include "cpu/ops.h"
#include "cpu/partition.h"

namespace trialforge::cpu {
namespace {

constexpr std::int64_t kChunk = 16384;  // floats a task: three of them fit the second cache

template <typename Body>
void each_chunk(ThreadPool& pool, std::size_t n, Body body) {
  pool.parallel_for(divide_up(static_cast<std::int64_t>(n), kChunk), [&](std::int64_t task, int) {
    const std::size_t begin = static_cast<std::size_t>(task * kChunk);
    body(begin, std::min<std::size_t>(kChunk, n - begin));
  });
}

}  // namespace

void activation_forward(ThreadPool& pool, Activation activation, const float* x, float* y,
                        std::size_t n) {
  if (activation == Activation::linear && x == y) return;
  each_chunk(pool, n, [=](std::size_t begin, std::size_t count) {
    kernels().activation_forward(activation, x + begin, y + begin, count);
  });
}

void activation_backward(ThreadPool& pool, Activation activation, const float* y, const float* dy,
                         float* dx, std::size_t n) {
  if (activation == Activation::linear && dy == dx) return;
  each_chunk(pool, n, [=](std::size_t begin, std::size_t count) {
    kernels().activation_backward(activation, y + begin, dy + begin, dx + begin, count);
  });
}

}  // namespace trialforge::cpu
