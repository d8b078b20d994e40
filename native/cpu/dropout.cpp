#include <algorithm>

#include "cpu/kernels/kernels.h"
#include "cpu/ops.h"
#include "cpu/partition.h"
#include "trialforge/random.h"

namespace trialforge::cpu {

void dropout(ThreadPool& pool, const DropoutMask& mask, const float* x, float* y, std::size_t n) {
  constexpr std::int64_t chunk = 2048;
  const auto threshold = dropout_threshold(mask.rate);
  const float scale = 1 / (1 - mask.rate);
  pool.parallel_for(divide_up(static_cast<std::int64_t>(n), chunk), [&](std::int64_t task, int) {
    std::uint32_t words[chunk];
    const std::size_t begin = static_cast<std::size_t>(task * chunk);
    const std::size_t count = std::min<std::size_t>(chunk, n - begin);
    for (std::size_t i = 0; i < count; i += 4) {
      const auto block =
          random_block(mask.seed, RandomPurpose::dropout, mask.step, (begin + i) / 4);
      std::copy(block.begin(), block.end(), words + i);
    }
    kernels().dropout(words, threshold, scale, x + begin, y + begin, count);
  });
}

}  // namespace trialforge::cpu
