// Output size and padding of a sliding window, by TensorFlow's rules.
#pragma once

#include <algorithm>
#include <string>

#include "ops/check.h"
#include "trialforge/conv2d.h"

namespace trialforge {

/** One axis of a convolution or pooling. `reach` is the window's extent with dilation. */
struct WindowAxis {
  int in, reach, stride;
  Padding padding;

  int out() const noexcept { return (padding == Padding::same ? in - 1 : in - reach) / stride + 1; }
  int pad_before() const noexcept {
    if (padding == Padding::valid) return 0;
    return std::max(reach - (in - (out() - 1) * stride), 0) / 2;
  }
  void validate(const std::string& what, const std::string& axis) const {
    require(padding == Padding::same || reach <= in, what + ": a window of " + axis + " " +
                                                         std::to_string(reach) +
                                                         " does not fit an input of " + axis + " " +
                                                         std::to_string(in) + " without padding");
  }
};

}  // namespace trialforge
