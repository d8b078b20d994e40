// A copy destroys what was there when it starts and arrives when it is waited for: the earliest and
// the latest that a device may do either.
#pragma once

#include <any>
#include <cstddef>
#include <cstring>
#include <deque>
#include <utility>
#include <vector>

#include "grid.h"

namespace trialforge::cuda::device {

struct EmulatedCopies {
  struct Copy {
    void* shared;
    const void* global;  // null for zeros
    int bytes;
  };
  std::vector<Copy> open;
  std::deque<std::vector<Copy>> groups;

  static EmulatedCopies& of_thread() {
    std::any& state = emulation::state_of_thread();
    if (!state.has_value()) state = EmulatedCopies{};
    return *std::any_cast<EmulatedCopies>(&state);
  }
};

template <int bytes>
void copy_async(void* shared, const void* global, bool exists) {
  static_assert(bytes == 4 || bytes == 16);
  std::memset(shared, 0xff, bytes);
  EmulatedCopies::of_thread().open.push_back({shared, exists ? global : nullptr, bytes});
}

inline void close_copy_group() {
  EmulatedCopies& copies = EmulatedCopies::of_thread();
  copies.groups.push_back(std::move(copies.open));
  copies.open.clear();
}

template <int pending>
void wait_for_copy_groups() {
  auto& groups = EmulatedCopies::of_thread().groups;
  for (; groups.size() > std::size_t{pending}; groups.pop_front()) {
    for (const auto& copy : groups.front()) {
      if (copy.global == nullptr) {
        std::memset(copy.shared, 0, copy.bytes);
      } else {
        std::memcpy(copy.shared, copy.global, copy.bytes);
      }
    }
  }
}

}  // namespace trialforge::cuda::device
