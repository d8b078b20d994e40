// Counted randomness: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy
// as 1, 2, 3. SC11). A number depends on (seed, purpose, step, index) alone, so that weights,
// shuffles and masks are the same on every device, for any number of threads, and in any order.
#pragma once

#include <array>
#include <cstdint>

#if defined(__CUDACC__)
#define TRIALFORGE_HOST_DEVICE __host__ __device__
#else
#define TRIALFORGE_HOST_DEVICE
#endif

namespace trialforge {

enum class RandomPurpose : std::uint32_t {
  weights = 1,  // step: layer; index: element
  shuffle = 2,  // step: epoch; index: sample
  dropout = 3,  // step: optimizer step * 256 + layer; index: element of the batch
  split = 4,    // step: 0; index: sample
  parzen = 5,   // step: the caller's; block: point * (d + 1), + 1 + parameter (ParzenMixture)
};

/** Ten rounds of Philox4x32 on `counter` under `key`: four independent uniform 32-bit words. */
TRIALFORGE_HOST_DEVICE inline std::array<std::uint32_t, 4> philox4x32(
    std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  constexpr std::uint64_t m0 = 0xD2511F53u, m1 = 0xCD9E8D57u;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = m0 * counter[0], p1 = m1 * counter[2];
    counter = {
        static_cast<std::uint32_t>(p1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(p1),
        static_cast<std::uint32_t>(p0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(p0)};
    key[0] += 0x9E3779B9u;
    key[1] += 0xBB67AE85u;
  }
  return counter;
}

/**
 * The four words of block `block` (elements 4*block .. 4*block+3) of the stream (seed, purpose,
 * step). Blocks are counted in 56 bits.
 */
TRIALFORGE_HOST_DEVICE inline std::array<std::uint32_t, 4> random_block(std::uint64_t seed,
                                                                        RandomPurpose purpose,
                                                                        std::uint64_t step,
                                                                        std::uint64_t block) {
  return philox4x32(
      {static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(step),
       static_cast<std::uint32_t>(step >> 32),
       static_cast<std::uint32_t>(purpose) << 24 | static_cast<std::uint32_t>(block >> 32)},
      {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
}

/** A word as a float in [0, 1): its upper 24 bits. */
TRIALFORGE_HOST_DEVICE inline float uniform_float(std::uint32_t word) {
  return static_cast<float>(word >> 8) * 0x1p-24f;
}

/** Two words as a double in (0, 1), neither end included: 52 bits. */
TRIALFORGE_HOST_DEVICE inline double uniform_double(std::uint32_t high, std::uint32_t low) {
  const std::uint64_t bits = static_cast<std::uint64_t>(high) << 20 | low >> 12;
  return (static_cast<double>(bits) + 0.5) * 0x1p-52;
}

/** Element i is dropped when the upper 24 bits of its word are below this: probability `rate`. */
TRIALFORGE_HOST_DEVICE inline std::uint32_t dropout_threshold(float rate) {
  return static_cast<std::uint32_t>(static_cast<double>(rate) * 0x1p24 + 0.5);
}

/** The step of the mask of a network's dropout layer, 0 .. 255, in an optimizer step, from 0. */
TRIALFORGE_HOST_DEVICE inline std::uint64_t dropout_step(std::uint64_t iteration, int layer) {
  return iteration * 256 + static_cast<std::uint64_t>(layer);
}

}  // namespace trialforge
