#include "reference/depthwise_conv2d.h"

#include <algorithm>

namespace trialforge::reference {
namespace {

/** Calls body(position in x, in w, in y) for every product of the convolution. */
template <typename Body>
void each_product(const DepthwiseConv2dShape& s, Body body) {
  std::size_t y = 0;
  for (int b = 0; b < s.batch; ++b) {
    for (int oh = 0; oh < s.out_height(); ++oh) {
      for (int ow = 0; ow < s.out_width(); ++ow) {
        for (int out = 0; out < s.out_channels(); ++out, ++y) {
          for (int kh = 0; kh < s.kernel_height; ++kh) {
            for (int kw = 0; kw < s.kernel_width; ++kw) {
              const int h = oh * s.stride_height + kh * s.dilation_height - s.pad_top();
              const int w = ow * s.stride_width + kw * s.dilation_width - s.pad_left();
              if (h < 0 || h >= s.in_height || w < 0 || w >= s.in_width) continue;
              const std::size_t pixel =
                  (static_cast<std::size_t>(b) * s.in_height + h) * s.in_width;
              body((pixel + w) * s.in_channels + out / s.multiplier,
                   (static_cast<std::size_t>(kh) * s.kernel_width + kw) * s.out_channels() + out,
                   y);
            }
          }
        }
      }
    }
  }
}

}  // namespace

void depthwise_conv2d_forward(const DepthwiseConv2dShape& s, std::span<const double> x,
                              std::span<const double> w, std::span<double> y) {
  std::ranges::fill(y, 0.0);
  each_product(s, [&](std::size_t i, std::size_t j, std::size_t k) { y[k] += x[i] * w[j]; });
}

void depthwise_conv2d_backward_input(const DepthwiseConv2dShape& s, std::span<const double> dy,
                                     std::span<const double> w, std::span<double> dx) {
  std::ranges::fill(dx, 0.0);
  each_product(s, [&](std::size_t i, std::size_t j, std::size_t k) { dx[i] += dy[k] * w[j]; });
}

void depthwise_conv2d_backward_filter(const DepthwiseConv2dShape& s, std::span<const double> x,
                                      std::span<const double> dy, std::span<double> dw) {
  std::ranges::fill(dw, 0.0);
  each_product(s, [&](std::size_t i, std::size_t j, std::size_t k) { dw[j] += x[i] * dy[k]; });
}

}  // namespace trialforge::reference
