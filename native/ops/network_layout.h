// Where the tensors of a network's step lie, for the engines of all devices.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace trialforge {

/** A shape of the plan, which has batch 1, for another batch. */
template <typename Shape>
Shape with_batch(Shape shape, int batch) {
  shape.batch = batch;
  return shape;
}

/** Hands out parts of an arena, each a multiple of `align_floats`; counts only while `base` is
 * null. */
class Layout {
 public:
  Layout(float* base, std::size_t align_floats) : base_(base), align_floats_(align_floats) {}
  /** `n` is below 2^62. The count stops at 2^62, which no allocation can satisfy. */
  float* floats(std::size_t n) {
    float* const start = base_ == nullptr ? nullptr : base_ + used_;
    const std::size_t rounded = (n + align_floats_ - 1) / align_floats_ * align_floats_;
    used_ = std::min(used_ + rounded, std::size_t{1} << 62);
    return start;
  }
  std::int32_t* integers(std::size_t n) { return reinterpret_cast<std::int32_t*>(floats(n)); }
  std::size_t used() const noexcept { return used_; }

 private:
  float* base_;
  std::size_t align_floats_;
  std::size_t used_ = 0;
};

}  // namespace trialforge
