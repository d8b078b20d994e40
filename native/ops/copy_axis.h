// What strided_copy asks of a device.
#pragma once

#include <cstdint>

namespace trialforge {

/**
 * One axis of a box that is copied; strides in elements. A device gets the fewest axes that
 * describe the copy, the innermost of `to` first: none of size 1, `to` strides positive and
 * ascending.
 */
struct CopyAxis {
  std::int64_t size, from, to;
};

}  // namespace trialforge
