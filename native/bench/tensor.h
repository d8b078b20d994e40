// Operands: aligned memory that any copy of the handle keeps alive.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "trialforge/buffer.h"

namespace trialforge::bench {

class Tensor {
 public:
  /** `size` floats between -0.08 and 0.08. */
  Tensor(const Device& device, std::size_t size)
      : buffer_(std::make_shared<Buffer>(device, size * sizeof(float))) {
    const std::span<float> values = *this;
    for (std::size_t i = 0; i < size; ++i) values[i] = static_cast<float>(i % 17) * 0.01f - 0.08f;
  }

  operator std::span<float>() const { return buffer_->as<float>(); }
  operator std::span<const float>() const { return buffer_->as<float>(); }
  std::size_t size() const { return buffer_->as<float>().size(); }

 private:
  std::shared_ptr<Buffer> buffer_;
};

}  // namespace trialforge::bench
