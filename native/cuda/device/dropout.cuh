// Masks of dropout, for the kernels that write a tensor.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/device/vector.cuh"
#include "cuda/training.h"
#include "trialforge/dropout.h"
#include "trialforge/random.h"

namespace trialforge::cuda::device {

/** What a mask makes of the elements of a tensor. */
class Dropout {
 public:
  __device__ __forceinline__ explicit Dropout(const DropoutMask& mask)
      : seed_(mask.seed),
        step_(mask.step),
        threshold_(dropout_threshold(mask.rate)),
        scale_(1 / (1 - mask.rate)) {}
  /** That of a network in the step under way. */
  __device__ __forceinline__ Dropout(const TrialDropout& layer, std::size_t network)
      : Dropout(mask_of(layer, network)) {}

  /** Elements [first, first + 4). */
  __device__ __forceinline__ void apply(std::size_t first, Vector<float, 4>& values) const {
    std::uint32_t words[8];
    load_words(first / 4, words);
    if (const unsigned shift = first % 4; shift != 0) {
      load_words(first / 4 + 1, words + 4);
#pragma unroll
      for (unsigned i = 1; i < 4; ++i) {
        if (i > shift) break;
#pragma unroll
        for (int k = 0; k < 7; ++k) words[k] = words[k + 1];
      }
    }
#pragma unroll
    for (int k = 0; k < 4; ++k) values.at[k] = dropped(words[k], values.at[k]);
  }

  /** Element i. */
  __device__ __forceinline__ float apply(std::size_t i, float value) const {
    std::uint32_t words[4];
    load_words(i / 4, words);
    const unsigned at = i % 4;
    const std::uint32_t low = at % 2 == 0 ? words[0] : words[1];
    const std::uint32_t high = at % 2 == 0 ? words[2] : words[3];
    return dropped(at < 2 ? low : high, value);
  }

 private:
  __device__ static __forceinline__ DropoutMask mask_of(const TrialDropout& layer,
                                                        std::size_t network) {
    const TrialState& state = layer.states[network];
    return {layer.rates[network * layer.layers + layer.layer], state.seed,
            dropout_step(state.step - 1, layer.layer)};
  }

  __device__ __forceinline__ void load_words(std::size_t block, std::uint32_t* words) const {
    const auto random = random_block(seed_, RandomPurpose::dropout, step_, block);
#pragma unroll
    for (int k = 0; k < 4; ++k) words[k] = random[k];
  }

  __device__ __forceinline__ float dropped(std::uint32_t word, float value) const {
    return word >> 8 < threshold_ ? 0.0f : value * scale_;
  }

  std::uint64_t seed_, step_;
  std::uint32_t threshold_;
  float scale_;
};

}  // namespace trialforge::cuda::device
