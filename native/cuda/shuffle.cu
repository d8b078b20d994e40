// The order of an epoch: random keys, sorted by a bitonic network (Batcher 1968) whose
// compare-exchanges do not depend on the data. Distances within a tile run in shared memory.
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "cuda/launch.h"
#include "cuda/training.h"
#include "trialforge/random.h"

namespace trialforge::cuda {
namespace {

constexpr int block_threads = 512;
constexpr std::size_t tile_entries = 2 * block_threads;

// --- device helpers

struct Entry {
  std::uint64_t key;
  std::uint32_t sample;
};

__device__ __forceinline__ bool is_before(const Entry& a, const Entry& b) {
  return a.key != b.key ? a.key < b.key : a.sample < b.sample;
}

/** Of two entries, `low` at the lower index. */
__device__ __forceinline__ void exchange(Entry& low, Entry& high, bool ascending) {
  if (is_before(high, low) != ascending) return;
  const Entry kept = low;
  low = high;
  high = kept;
}

/** The lower index of pair `pair` at distance `distance`, a power of two. */
__device__ __forceinline__ std::size_t lower_index(std::size_t pair, std::size_t distance) {
  return 2 * pair - (pair & (distance - 1));
}

// --- kernels. blockIdx.y is the network; order and keys are [count, entries].

__global__ void __launch_bounds__(block_threads)
    keys_kernel(const TrialState* states /* [count] */, std::uint64_t epoch, std::size_t n,
                std::size_t entries, std::uint32_t* order, std::uint64_t* keys) {
  const std::uint64_t seed = states[blockIdx.y].seed;
  for (std::size_t i = std::size_t{blockIdx.x} * block_threads + threadIdx.x; i < entries;
       i += std::size_t{gridDim.x} * block_threads) {
    const std::size_t at = blockIdx.y * entries + i;
    const auto words = random_block(seed, RandomPurpose::shuffle, epoch, i);
    keys[at] = i < n ? std::uint64_t{words[0]} << 32 | words[1] : ~std::uint64_t{0};
    order[at] = i < n ? static_cast<std::uint32_t>(i) : ~std::uint32_t{0};
  }
}

/** Runs of `run` entries become sorted runs, from distance run / 2 or the tile's on. */
__global__ void __launch_bounds__(block_threads)
    tile_kernel(std::size_t first_run, std::size_t last_run, std::size_t entries,
                std::uint32_t* order, std::uint64_t* keys) {
  __shared__ std::uint64_t tile_keys[tile_entries];
  __shared__ std::uint32_t tile_order[tile_entries];
  const std::size_t tile = entries < tile_entries ? entries : tile_entries;
  const std::size_t begin = std::size_t{blockIdx.x} * tile;
  const std::size_t base = blockIdx.y * entries + begin;
  for (std::size_t i = threadIdx.x; i < tile; i += block_threads) {
    tile_keys[i] = keys[base + i];
    tile_order[i] = order[base + i];
  }
  __syncthreads();
  for (std::size_t run = first_run; run <= last_run; run *= 2) {
    for (std::size_t distance = (run < tile ? run : tile) / 2; distance > 0; distance /= 2) {
      if (threadIdx.x < tile / 2) {
        const std::size_t low = lower_index(threadIdx.x, distance), high = low + distance;
        Entry a{tile_keys[low], tile_order[low]}, b{tile_keys[high], tile_order[high]};
        exchange(a, b, ((begin + low) & run) == 0);
        tile_keys[low] = a.key;
        tile_order[low] = a.sample;
        tile_keys[high] = b.key;
        tile_order[high] = b.sample;
      }
      __syncthreads();
    }
  }
  for (std::size_t i = threadIdx.x; i < tile; i += block_threads) {
    keys[base + i] = tile_keys[i];
    order[base + i] = tile_order[i];
  }
}

__global__ void __launch_bounds__(block_threads)
    distance_kernel(std::size_t run, std::size_t distance, std::size_t entries,
                    std::uint32_t* order, std::uint64_t* keys) {
  const std::size_t pairs = entries / 2;
  for (std::size_t pair = std::size_t{blockIdx.x} * block_threads + threadIdx.x; pair < pairs;
       pair += std::size_t{gridDim.x} * block_threads) {
    const std::size_t index = lower_index(pair, distance);
    const std::size_t low = blockIdx.y * entries + index, high = low + distance;
    Entry a{keys[low], order[low]}, b{keys[high], order[high]};
    exchange(a, b, (index & run) == 0);
    keys[low] = a.key;
    order[low] = a.sample;
    keys[high] = b.key;
    order[high] = b.sample;
  }
}

}  // namespace

// --- launchers

std::size_t shuffle_entries(std::size_t n) noexcept {
  return std::bit_ceil(std::max<std::size_t>(n, 2));
}

void shuffled_order(const Queue& queue, int count, const TrialState* states, std::uint64_t epoch,
                    std::size_t n, std::uint32_t* order, std::uint64_t* keys) {
  const std::size_t entries = shuffle_entries(n), tile = std::min(entries, tile_entries);
  const auto networks = static_cast<unsigned>(count);
  const LaunchShape pairs{dim3(grid_for(queue, ceil_div(entries / 2, block_threads)), networks),
                          dim3(block_threads)};
  const LaunchShape tiles{dim3(static_cast<unsigned>(entries / tile), networks),
                          dim3(block_threads)};
  launch(queue, pairs, keys_kernel, states, epoch, n, entries, order, keys);
  launch(queue, tiles, tile_kernel, std::size_t{2}, tile, entries, order, keys);
  for (std::size_t run = 2 * tile; run <= entries; run *= 2) {
    for (std::size_t distance = run / 2; distance >= tile; distance /= 2) {
      launch(queue, pairs, distance_kernel, run, distance, entries, order, keys);
    }
    launch(queue, tiles, tile_kernel, run, run, entries, order, keys);
  }
}

}  // namespace trialforge::cuda
