#include "trialforge/mersenne_twister.h"

#include <random>
#include <vector>

#include "testing.h"

namespace trialforge::testing {
namespace {

const Register stream("mersenne twister: words are those of the standard library", [] {
  std::mt19937 expected(7);
  std::vector<std::uint32_t> state(mersenne_twister_words), words(mersenne_twister_words);
  // As the standard library seeds it.
  state[0] = 7;
  for (std::size_t i = 1; i < state.size(); ++i) {
    const std::uint32_t before = state[i - 1];
    state[i] = 1812433253u * (before ^ (before >> 30)) + static_cast<std::uint32_t>(i);
  }
  for (int block = 0; block < 5; ++block) {
    mersenne_twister(state, words);
    for (const std::uint32_t word : words) check(word == expected(), "another word");
  }
});

const Register refused("mersenne twister: refuses what is no state", [] {
  std::vector<std::uint32_t> all(mersenne_twister_words), less(mersenne_twister_words - 1);
  expect_error(ErrorCode::invalid_argument, "state", [&] { mersenne_twister(less, all); });
  expect_error(ErrorCode::invalid_argument, "words", [&] { mersenne_twister(all, less); });
});

}  // namespace
}  // namespace trialforge::testing
