// Direct convolution on register tiles: a row of output pixels times a panel of output channels.
// The gradient with respect to the input is the same convolution of the padded dy with the turned
// filter, or, with strides or few input channels, products of dy with the filter's rows that are
// added where they belong; the gradient with respect to the filter sums outer products over the
// pixels. Takes every shape.
#pragma once

#include "cpu/conv2d_algorithm.h"
#include "cpu/kernels/kernels.h"
#include "cpu/pieces.h"
#include "trialforge/conv2d.h"

namespace trialforge::cpu {

/** One image with zeros around it, so that no tap falls outside. */
struct PaddedImage {
  int height, width, channels;  // of the image
  int padded_height, padded_width;
  int top, left;  // where its first pixel lies

  bool is_image() const noexcept;
  std::ptrdiff_t row() const noexcept;
  std::size_t scratch() const noexcept;
  /** `image` itself where nothing is to be added, else its padded copy in `scratch`. */
  const float* make(const float* image, float* scratch) const;
};

class DirectConvolution {
 public:
  DirectConvolution(const Conv2dShape& shape, const Pieces& pieces);

  std::size_t filter_floats() const noexcept;
  std::size_t turned_filter_floats() const noexcept;
  std::size_t gradient_floats() const noexcept { return shape_.w_size(); }
  std::size_t forward_scratch() const noexcept { return x_.scratch(); }
  std::size_t backward_scratch() const noexcept;
  int group_images() const noexcept { return 1; }

  void pack_filter(ThreadPool& pool, const float* w, float* packed) const;
  void pack_turned_filter(ThreadPool& pool, const float* w, float* packed) const;
  void forward(const ForwardGroup& group, float* scratch) const;
  void backward(const BackwardGroup& group, float* scratch) const;
  void finish_filter(ThreadPool& pool, const float* sums, int parts, std::size_t part_stride,
                     float* dw) const;

 private:
  void backward_filter(const BackwardGroup& group, const float* x) const;
  void convolve_turned(const BackwardGroup& group, float* scratch) const;
  void scatter(const BackwardGroup& group, float* scratch) const;
  /** dx += a row's products [out_width, spread], each where its tap lies. */
  void add_row(const float* spread, float* dx) const;
  /** Pieces that the image of the input's gradient is cut into. */
  int bands() const noexcept;
  /** Products of a kernel row with a row of dy: floats a pixel, whole vectors. */
  std::ptrdiff_t spread_floats() const noexcept;

  Conv2dShape shape_;
  Pieces pieces_;
  PaddedImage x_, dy_;
  Taps x_taps_, dy_taps_;
  bool scatters_;  // how the input's gradient is made
};

}  // namespace trialforge::cpu
