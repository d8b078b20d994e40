#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace trialforge::cpu {

/** Points, and where they are among components: alike for both sides of a ParzenHistory. */
struct ParzenPoints {
  std::span<const double> values;  // [n, d]
  std::size_t n;
  /** [n] or none: a component likely to be the nearest, of the side that the points were drawn
   * from. */
  std::span<const std::size_t> origins;

  // What a search by nearness needs; ParzenSideMixture makes it when it does.
  bool are_placed = false;
  std::vector<double> x;        // [n, stride] coordinates on a continuum, padded to whole lanes
  std::vector<float> scanned;   // [n, numeric parameters] as a scan needs them
  std::vector<double> widths;   // [n, grids] of the intervals around its values
  std::vector<double> offsets;  // [n] what the terms of a point's grids have in common
  std::vector<std::uint8_t> outside;  // [n] whether a coordinate is out of range
};

}  // namespace trialforge::cpu
