#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace trialforge {

/** Words of the state of the 32-bit Mersenne Twister. */
inline constexpr std::size_t mersenne_twister_words = 624;

/**
 * Fills `values` with uniform doubles in [0, 1), each from 53 bits of the next two words of the
 * Mersenne Twister (Matsumoto, Nishimura: Mersenne Twister: a 623-dimensionally equidistributed
 * uniform pseudo-random number generator, 1998), as NumPy's RandomState does. `position`, at most
 * mersenne_twister_words, is the next word of `state`. Returns the position after them. Throws
 * ErrorCode::invalid_argument.
 */
std::size_t mersenne_twister_doubles(std::span<std::uint32_t> state, std::size_t position,
                                     std::span<double> values);

}  // namespace trialforge
