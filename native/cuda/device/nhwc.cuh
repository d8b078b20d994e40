// Where an element of a tensor [batch, height, width, channels] is.
#pragma once

#include "cuda/device/divisor.cuh"

namespace trialforge::cuda::device {

struct Nhwc {
  Divisor height, width, channels;

  struct Position {
    unsigned image, row, column, channel;
  };

  /** Of element i; channels may be counted in vectors. */
  __device__ __forceinline__ Position position_of(unsigned i) const {
    const unsigned pixel = channels.quotient(i), row = width.quotient(pixel);
    const unsigned image = height.quotient(row);
    return {image, row - image * height.value, pixel - row * width.value,
            i - pixel * channels.value};
  }
};

}  // namespace trialforge::cuda::device
