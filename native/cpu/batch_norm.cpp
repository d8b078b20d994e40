// The statistics become a factor a channel. Where there are few channels, some pixels side by side
// count as one of more channels.
#include <algorithm>
#include <cmath>

#include "cpu/kernels/kernels.h"
#include "cpu/ops.h"
#include "cpu/partition.h"

namespace trialforge::cpu {
namespace {

constexpr std::int64_t kTaskElements = 32768;
constexpr int kWideChannels = 256;

}  // namespace

void batch_norm_inference(ThreadPool& pool, int pixels, int channels, const float* x,
                          const float* mean, const float* variance, const float* scale,
                          const float* offset, float epsilon, float* y) {
  const int side_by_side = std::clamp(kWideChannels / channels, 1, std::max(pixels, 1));
  const std::size_t n = static_cast<std::size_t>(side_by_side) * channels;
  pool.reserve(3 * n, 0);
  float* const means = pool.shared_scratch();
  float *const factors = means + n, *const offsets = factors + n;
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t c = i % static_cast<std::size_t>(channels);
    const double deviation = std::sqrt(static_cast<double>(variance[c]) + epsilon);
    means[i] = mean[c];
    factors[i] = static_cast<float>((scale == nullptr ? 1.0 : scale[c]) / deviation);
    offsets[i] = offset == nullptr ? 0 : offset[c];
  }
  const std::int64_t elements = static_cast<std::int64_t>(pixels) * channels;
  const std::int64_t row = static_cast<std::int64_t>(n);
  // Whole rows, so that each task begins at the first channel; the last row may be a part of one.
  const std::int64_t of_task = std::max<std::int64_t>(kTaskElements / row, 1) * row;
  pool.parallel_for(divide_up(elements, of_task), [&](std::int64_t task, int) {
    const std::int64_t end = std::min(elements, (task + 1) * of_task);
    for (std::int64_t at = task * of_task; at < end; at += row) {
      kernels().normalize(x + at, means, factors, offsets, y + at,
                          static_cast<int>(std::min(row, end - at)));
    }
  });
}

}  // namespace trialforge::cpu
