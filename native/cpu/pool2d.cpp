#include <algorithm>

#include "cpu/kernels/kernels.h"
#include "cpu/ops.h"

namespace trialforge::cpu {
namespace {

struct ImageSizes {
  std::size_t x, y;
};

ImageSizes image_sizes(const Pool2dShape& s) {
  return {static_cast<std::size_t>(s.in_height) * s.in_width * s.channels,
          static_cast<std::size_t>(s.out_height()) * s.out_width() * s.channels};
}

}  // namespace

void max_pool2d_forward(ThreadPool& pool, const Pool2dShape& s, const float* x, float* y,
                        std::int32_t* argmax) {
  const ImageSizes size = image_sizes(s);
  pool.parallel_for(s.batch, [&](std::int64_t b, int) {
    kernels().max_pool_forward(s, x + b * size.x, y + b * size.y,
                               argmax == nullptr ? nullptr : argmax + b * size.y);
  });
}

void max_pool2d_backward(ThreadPool& pool, const Pool2dShape& s, const float* dy,
                         const std::int32_t* argmax, float* dx) {
  const ImageSizes size = image_sizes(s);
  pool.parallel_for(s.batch, [&](std::int64_t b, int) {
    kernels().max_pool_backward(s, dy + b * size.y, argmax + b * size.y, dx + b * size.x);
  });
}

void max_pool2d_input_gradient(ThreadPool& pool, const Pool2dShape& s, const float* x,
                               const float* dy, float* dx) {
  const ImageSizes size = image_sizes(s);
  pool.reserve(0, 2 * size.y);
  pool.parallel_for(s.batch, [&](std::int64_t b, int worker) {
    float* const y = pool.worker_scratch(worker);
    auto* const argmax = reinterpret_cast<std::int32_t*>(y + size.y);
    kernels().max_pool_forward(s, x + b * size.x, y, argmax);
    kernels().max_pool_backward(s, dy + b * size.y, argmax, dx + b * size.x);
  });
}

void average_pool2d_forward(ThreadPool& pool, const Pool2dShape& s, const float* x, float* y) {
  const ImageSizes size = image_sizes(s);
  pool.parallel_for(s.batch, [&](std::int64_t b, int) {
    kernels().average_pool_forward(s, x + b * size.x, y + b * size.y);
  });
}

void average_pool2d_backward(ThreadPool& pool, const Pool2dShape& s, const float* dy, float* dx) {
  const ImageSizes size = image_sizes(s);
  pool.parallel_for(s.batch, [&](std::int64_t b, int) {
    std::fill(dx + b * size.x, dx + (b + 1) * size.x, 0.0f);
    kernels().average_pool_backward(s, dy + b * size.y, dx + b * size.x);
  });
}

}  // namespace trialforge::cpu
