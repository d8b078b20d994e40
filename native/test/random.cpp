#include "trialforge/random.h"

#include <algorithm>
#include <set>

#include "testing.h"
#include "trialforge/network.h"

namespace trialforge::testing {
namespace {

const Register known("Philox4x32-10 gives the published known answers", [] {
  using Words = std::array<std::uint32_t, 4>;
  const auto answers = [](Words counter, std::array<std::uint32_t, 2> key, Words expected) {
    check(philox4x32(counter, key) == expected, "a known answer differs");
  };
  constexpr std::uint32_t f = 0xffffffffu;
  answers({0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  answers({f, f, f, f}, {f, f}, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  answers({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0},
          {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
});

const Register shuffle("a shuffle is a permutation, another one every epoch and seed", [] {
  std::vector<std::uint32_t> first(1000), second(1000), again(1000);
  shuffled_order(1, 0, first);
  shuffled_order(1, 1, second);
  check(first != second, "two epochs have one order");
  shuffled_order(2, 0, second);
  check(first != second, "two seeds have one order");
  shuffled_order(1, 0, again);
  check(first == again, "the same seed and epoch have two orders");
  check(std::set(first.begin(), first.end()).size() == 1000 &&
            *std::max_element(first.begin(), first.end()) == 999,
        "not a permutation");
});

}  // namespace
}  // namespace trialforge::testing
