// Splitting a range into parts of nearly equal size. The split depends on the sizes alone, never on
// the number of threads, so that results do not either.
#pragma once

#include <cstdint>

namespace trialforge::cpu {

struct Range {
  std::int64_t begin, end;
  std::int64_t size() const noexcept { return end - begin; }
};

inline std::int64_t divide_up(std::int64_t n, std::int64_t by) { return (n + by - 1) / by; }

/** Part `index` of `parts` of [0, n). */
inline Range part(std::int64_t n, std::int64_t parts, std::int64_t index) {
  return {n * index / parts, n * (index + 1) / parts};
}

}  // namespace trialforge::cpu
