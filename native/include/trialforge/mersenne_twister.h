#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace trialforge {

/** Words of the state of the 32-bit Mersenne Twister. */
inline constexpr std::size_t mersenne_twister_words = 624;

/**
 * The next `mersenne_twister_words` uniform 32-bit words (Matsumoto, Nishimura: Mersenne Twister: a
 * 623-dimensionally equidistributed uniform pseudo-random number generator, 1998), and the state
 * after them. Throws ErrorCode::invalid_argument unless both have as many.
 */
void mersenne_twister(std::span<std::uint32_t> state, std::span<std::uint32_t> words);

}  // namespace trialforge
