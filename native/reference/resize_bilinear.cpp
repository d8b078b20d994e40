#include "reference/resize_bilinear.h"

#include <algorithm>
#include <cmath>

namespace trialforge::reference {
namespace {

struct Place {
  int low, high;
  double fraction;
};

Place place(int i, int in, int out, const ResizeShape& s) {
  double in_length = in, out_length = out;
  if (s.align_corners && out > 1) in_length -= 1, out_length -= 1;
  const double at =
      s.half_pixel_centers ? in_length / out_length * (i + 0.5) - 0.5 : in_length / out_length * i;
  const int low = std::max(0, static_cast<int>(std::floor(at)));
  return {low, std::min(in - 1, static_cast<int>(std::ceil(at))), at - low};
}

/** Calls body(position in y, position in x, weight) for the four pixels of every output. */
template <typename Body>
void each_tap(const ResizeShape& s, Body body) {
  std::size_t y = 0;
  for (int b = 0; b < s.batch; ++b) {
    for (int r = 0; r < s.out_height; ++r) {
      const Place row = place(r, s.in_height, s.out_height, s);
      for (int c = 0; c < s.out_width; ++c) {
        const Place column = place(c, s.in_width, s.out_width, s);
        for (int channel = 0; channel < s.channels; ++channel, ++y) {
          const auto at = [&](int h, int w) {
            return ((static_cast<std::size_t>(b) * s.in_height + h) * s.in_width + w) * s.channels +
                   channel;
          };
          body(y, at(row.low, column.low), (1 - row.fraction) * (1 - column.fraction));
          body(y, at(row.low, column.high), (1 - row.fraction) * column.fraction);
          body(y, at(row.high, column.low), row.fraction * (1 - column.fraction));
          body(y, at(row.high, column.high), row.fraction * column.fraction);
        }
      }
    }
  }
}

}  // namespace

void resize_bilinear_forward(const ResizeShape& s, std::span<const double> x, std::span<double> y) {
  std::ranges::fill(y, 0.0);
  each_tap(s, [&](std::size_t to, std::size_t from, double weight) { y[to] += weight * x[from]; });
}

void resize_bilinear_backward(const ResizeShape& s, std::span<const double> dy,
                              std::span<double> dx) {
  std::ranges::fill(dx, 0.0);
  each_tap(s,
           [&](std::size_t from, std::size_t to, double weight) { dx[to] += weight * dy[from]; });
}

}  // namespace trialforge::reference
