#include "trialforge/mersenne_twister.h"

#include <algorithm>
#include <string>

#include "ops/check.h"

namespace trialforge {
namespace {

constexpr std::size_t words = mersenne_twister_words;
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

/** The next `words` words. */
void refill(std::uint32_t* state) {
  std::size_t i = 0;
  for (; i < words - middle; ++i) state[i] = state[i + middle] ^ twisted(state[i], state[i + 1]);
  for (; i < words - 1; ++i) {
    state[i] = state[i + middle - words] ^ twisted(state[i], state[i + 1]);
  }
  state[i] = state[middle - 1] ^ twisted(state[i], state[0]);
}

double joined(std::uint32_t first, std::uint32_t second) {
  const auto high = static_cast<std::int32_t>(tempered(first) >> 5);
  const auto low = static_cast<std::int32_t>(tempered(second) >> 6);
  return (high * 67108864.0 + low) / 9007199254740992.0;
}

}  // namespace

std::size_t mersenne_twister_doubles(std::span<std::uint32_t> state, std::size_t position,
                                     std::span<double> values) {
  require_size("state", state, words);
  require(position <= words, "position must be in 0..624");
  for (std::size_t i = 0; i < values.size();) {
    if (position == words) {
      refill(state.data());
      position = 0;
    }
    if (position == words - 1) {
      const std::uint32_t first = state[position];
      refill(state.data());
      values[i++] = joined(first, state[0]);
      position = 1;
      continue;
    }
    const std::size_t n = std::min(values.size() - i, (words - position) / 2);
    for (std::size_t k = 0; k < n; ++k) {
      values[i + k] = joined(state[position + 2 * k], state[position + 2 * k + 1]);
    }
    i += n;
    position += 2 * n;
  }
  return position;
}

}  // namespace trialforge
