#include "trialforge/mersenne_twister.h"

#include "ops/check.h"

namespace trialforge {
namespace {

constexpr std::size_t n_words = mersenne_twister_words;
constexpr std::size_t middle = 397;

std::uint32_t twisted(std::uint32_t word, std::uint32_t next) {
  const std::uint32_t joined = (word & 0x80000000u) | (next & 0x7fffffffu);
  return (joined >> 1) ^ (-(joined & 1) & 0x9908b0dfu);
}

std::uint32_t tempered(std::uint32_t word) {
  word ^= word >> 11;
  word ^= (word << 7) & 0x9d2c5680u;
  word ^= (word << 15) & 0xefc60000u;
  return word ^ (word >> 18);
}

/** The next state. */
void refill(std::uint32_t* state) {
  std::size_t i = 0;
  for (; i < n_words - middle; ++i) state[i] = state[i + middle] ^ twisted(state[i], state[i + 1]);
  for (; i < n_words - 1; ++i) {
    state[i] = state[i + middle - n_words] ^ twisted(state[i], state[i + 1]);
  }
  state[i] = state[middle - 1] ^ twisted(state[i], state[0]);
}

}  // namespace

void mersenne_twister(std::span<std::uint32_t> state, std::span<std::uint32_t> words) {
  require_size("state", state, n_words);
  require_size("words", words, n_words);
  refill(state.data());
  for (std::size_t i = 0; i < n_words; ++i) words[i] = tempered(state[i]);
}

}  // namespace trialforge
