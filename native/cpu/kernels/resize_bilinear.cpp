// One row of pixels between two of the image, vectorised over the channels.
#include "cpu/kernels/declarations.h"
#include "cpu/kernels/simd.h"

namespace trialforge::cpu::TRIALFORGE_ISA {

void resize_row(const float* top, const float* bottom, float fraction, const ResizeTap* columns,
                int width, int channels, float* y) {
  for (int w = 0; w < width; ++w, y += channels) {
    const std::ptrdiff_t low = static_cast<std::ptrdiff_t>(columns[w].low) * channels;
    const std::ptrdiff_t high = static_cast<std::ptrdiff_t>(columns[w].high) * channels;
    const float across = columns[w].fraction;
    // As f(left, right, left below, right below) of a vector or a float.
    const auto between = [=](auto a, auto b, auto c, auto d) {
      const auto above = a + (b - a) * across;
      const auto below = c + (d - c) * across;
      return above + (below - above) * fraction;
    };
    int c = 0;
    for (; c + kWidth <= channels; c += kWidth) {
      store(y + c, between(load(top + low + c), load(top + high + c), load(bottom + low + c),
                           load(bottom + high + c)));
    }
    for (; c < channels; ++c) {
      y[c] = between(top[low + c], top[high + c], bottom[low + c], bottom[high + c]);
    }
  }
}

void resize_row_gradient(const float* dy, float weight, const ResizeTap* columns, int width,
                         int channels, float* dx) {
  for (int w = 0; w < width; ++w, dy += channels) {
    float* const low = dx + static_cast<std::ptrdiff_t>(columns[w].low) * channels;
    float* const high = dx + static_cast<std::ptrdiff_t>(columns[w].high) * channels;
    const float to_low = weight * (1 - columns[w].fraction), to_high = weight * columns[w].fraction;
    int c = 0;
    // One after the other: both may be the same pixel.
    for (; c + kWidth <= channels; c += kWidth) {
      const Vector d = load(dy + c);
      store(low + c, load(low + c) + d * to_low);
      store(high + c, load(high + c) + d * to_high);
    }
    for (; c < channels; ++c) {
      low[c] += dy[c] * to_low;
      high[c] += dy[c] * to_high;
    }
  }
}

}  // namespace trialforge::cpu::TRIALFORGE_ISA
