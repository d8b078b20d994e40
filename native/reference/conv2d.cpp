#include "reference/conv2d.h"

#include <algorithm>

namespace trialforge::reference {
namespace {

/** Calls body(position in x, in w, in y) for every product of the convolution. */
template <typename Body>
void each_product(const Conv2dShape& s, Body body) {
  const int out_height = s.out_height(), out_width = s.out_width();
  for (int b = 0; b < s.batch; ++b) {
    for (int oh = 0; oh < out_height; ++oh) {
      for (int ow = 0; ow < out_width; ++ow) {
        for (int kh = 0; kh < s.kernel_height; ++kh) {
          for (int kw = 0; kw < s.kernel_width; ++kw) {
            const int h = oh * s.stride_height + kh * s.dilation_height - s.pad_top();
            const int w = ow * s.stride_width + kw * s.dilation_width - s.pad_left();
            if (h < 0 || h >= s.in_height || w < 0 || w >= s.in_width) continue;
            for (int c = 0; c < s.in_channels; ++c) {
              for (int n = 0; n < s.out_channels; ++n) {
                body(((b * s.in_height + h) * s.in_width + w) * s.in_channels + c,
                     ((kh * s.kernel_width + kw) * s.in_channels + c) * s.out_channels + n,
                     ((b * out_height + oh) * out_width + ow) * s.out_channels + n);
              }
            }
          }
        }
      }
    }
  }
}

}  // namespace

void conv2d_forward(const Conv2dShape& s, std::span<const double> x, std::span<const double> w,
                    std::span<const double> bias, std::span<double> y) {
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = bias.empty() ? 0 : bias[i % s.out_channels];
  each_product(s, [&](int xi, int wi, int yi) { y[yi] += x[xi] * w[wi]; });
}

void conv2d_backward_input(const Conv2dShape& s, std::span<const double> dy,
                           std::span<const double> w, std::span<double> dx) {
  std::ranges::fill(dx, 0.0);
  each_product(s, [&](int xi, int wi, int yi) { dx[xi] += dy[yi] * w[wi]; });
}

void conv2d_backward_filter(const Conv2dShape& s, std::span<const double> x,
                            std::span<const double> dy, std::span<double> dw,
                            std::span<double> dbias) {
  std::ranges::fill(dw, 0.0);
  std::ranges::fill(dbias, 0.0);
  each_product(s, [&](int xi, int wi, int yi) { dw[wi] += x[xi] * dy[yi]; });
  if (dbias.empty()) return;
  for (std::size_t i = 0; i < dy.size(); ++i) dbias[i % s.out_channels] += dy[i];
}

}  // namespace trialforge::reference
