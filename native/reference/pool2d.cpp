#include "reference/pool2d.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace trialforge::reference {
namespace {

/** Calls body(position in y, positions in the image x, batch) for every window. */
template <typename Body>
void each_window(const Pool2dShape& s, Body body) {
  std::size_t y = 0;
  for (int b = 0; b < s.batch; ++b) {
    for (int oh = 0; oh < s.out_height(); ++oh) {
      for (int ow = 0; ow < s.out_width(); ++ow) {
        for (int c = 0; c < s.channels; ++c, ++y) {
          std::vector<int> inside;
          for (int ph = 0; ph < s.pool_height; ++ph) {
            for (int pw = 0; pw < s.pool_width; ++pw) {
              const int h = oh * s.stride_height + ph - s.pad_top();
              const int w = ow * s.stride_width + pw - s.pad_left();
              if (h < 0 || h >= s.in_height || w < 0 || w >= s.in_width) continue;
              inside.push_back((h * s.in_width + w) * s.channels + c);
            }
          }
          body(y, inside, static_cast<std::size_t>(b) * s.in_height * s.in_width * s.channels);
        }
      }
    }
  }
}

}  // namespace

void max_pool2d_forward(const Pool2dShape& s, std::span<const double> x, std::span<double> y,
                        std::span<std::int32_t> argmax) {
  each_window(s, [&](std::size_t i, const std::vector<int>& inside, std::size_t image) {
    int best = inside.front();
    for (const int at : inside) {
      const double value = x[image + at], largest = x[image + best];
      const bool by_nan = s.skip_nan ? std::isnan(largest) && !std::isnan(value)
                                     : std::isnan(value) && !std::isnan(largest);
      if (value > largest || by_nan) best = at;
    }
    y[i] = x[image + best];
    argmax[i] = best;
  });
}

void max_pool2d_backward(const Pool2dShape& s, std::span<const double> dy,
                         std::span<const std::int32_t> argmax, std::span<double> dx) {
  std::ranges::fill(dx, 0.0);
  each_window(s, [&](std::size_t i, const std::vector<int>&, std::size_t image) {
    dx[image + argmax[i]] += dy[i];
  });
}

void average_pool2d_forward(const Pool2dShape& s, std::span<const double> x, std::span<double> y) {
  each_window(s, [&](std::size_t i, const std::vector<int>& inside, std::size_t image) {
    double total = 0;
    for (const int at : inside) total += x[image + at];
    y[i] = total / static_cast<double>(inside.size());
  });
}

void average_pool2d_backward(const Pool2dShape& s, std::span<const double> dy,
                             std::span<double> dx) {
  std::ranges::fill(dx, 0.0);
  each_window(s, [&](std::size_t i, const std::vector<int>& inside, std::size_t image) {
    for (const int at : inside) dx[image + at] += dy[i] / static_cast<double>(inside.size());
  });
}

}  // namespace trialforge::reference
