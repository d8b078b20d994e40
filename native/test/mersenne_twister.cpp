#include "trialforge/mersenne_twister.h"

#include <random>
#include <vector>

#include "testing.h"

namespace trialforge::testing {
namespace {

const Register stream("mersenne twister: doubles are those of the standard's words", [] {
  for (const std::size_t skipped : {0, 1, 622, 623, 624, 1000}) {
    std::mt19937 words(7);
    std::vector<std::uint32_t> state(mersenne_twister_words);
    // As the standard seeds it.
    state[0] = 7;
    for (std::size_t i = 1; i < state.size(); ++i) {
      const std::uint32_t before = state[i - 1];
      state[i] = 1812433253u * (before ^ (before >> 30)) + static_cast<std::uint32_t>(i);
    }
    std::size_t position = state.size();
    // A double takes two words: after an odd number of them one is across the end of the state.
    for (std::size_t k = 0; k < skipped / 2; ++k) {
      double value = 0;
      position = mersenne_twister_doubles(state, position, {&value, 1});
    }
    words.discard(skipped / 2 * 2);
    if (skipped % 2 == 1) {
      if (position == state.size()) {
        double value = 0;
        std::vector<std::uint32_t> next = state;
        position = mersenne_twister_doubles(next, position, {&value, 1}) - 1;
        state = next;
      } else {
        ++position;
      }
      words.discard(1);
    }
    for (const std::size_t n : {0, 1, 2, 311, 312, 313, 2000}) {
      std::vector<double> values(n);
      position = mersenne_twister_doubles(state, position, values);
      for (const double value : values) {
        const double high = static_cast<double>(words() >> 5);
        const double low = static_cast<double>(words() >> 6);
        check(value == (high * 67108864 + low) / 9007199254740992, "another number");
      }
    }
  }
});

const Register refused("mersenne twister: refuses what is no state", [] {
  std::vector<std::uint32_t> state(mersenne_twister_words), less(mersenne_twister_words - 1);
  std::vector<double> values(3);
  expect_error(ErrorCode::invalid_argument, "state",
               [&] { mersenne_twister_doubles(less, 0, values); });
  expect_error(ErrorCode::invalid_argument, "position",
               [&] { mersenne_twister_doubles(state, mersenne_twister_words + 1, values); });
});

}  // namespace
}  // namespace trialforge::testing
