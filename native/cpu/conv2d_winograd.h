// Winograd convolution for square kernels of 3 and 5 and stride 1: tiles of the output are 36
// products per channel pair instead of 144 (F(4x4, 3x3)) or 100 (F(2x2, 5x5)). The gradients are
// the adjoint of the same linear maps, so both share the transformed dy.
#pragma once

#include "cpu/conv2d_algorithm.h"
#include "cpu/kernels/kernels.h"
#include "cpu/pieces.h"
#include "trialforge/conv2d.h"

namespace trialforge::cpu {

class WinogradConvolution {
 public:
  /** Whether it is the faster algorithm for this shape, by the number of multiplications. */
  static bool suits(const Conv2dShape& shape) noexcept;

  WinogradConvolution(const Conv2dShape& shape, const Pieces& pieces);

  std::size_t filter_floats() const noexcept;
  std::size_t turned_filter_floats() const noexcept;
  std::size_t gradient_floats() const noexcept;
  std::size_t forward_scratch() const noexcept;
  std::size_t backward_scratch() const noexcept { return forward_scratch(); }
  int group_images() const noexcept { return group_images_; }

  void pack_filter(ThreadPool& pool, const float* w, float* packed) const;
  void pack_turned_filter(ThreadPool& pool, const float* w, float* packed) const;
  void forward(const ForwardGroup& group, float* scratch) const;
  void backward(const BackwardGroup& group, float* scratch) const;
  void finish_filter(ThreadPool& pool, const float* sums, int parts, std::size_t part_stride,
                     float* dw) const;

 private:
  /** Tile `index` of a group's images, as pixels of the input or of the output. */
  TilePixels input_tile(std::int64_t index) const;
  TilePixels output_tile(std::int64_t index) const;

  Conv2dShape shape_;
  Pieces pieces_;
  int kernel_, tile_;  // pixels a side
  int out_height_, out_width_, tiles_high_, tiles_wide_;
  int x_row_, y_row_;  // floats of a transformed tile in one position, a whole number of vectors
  int group_images_ = 1;
  int block_ = 1;  // tiles transformed and multiplied at a time
};

}  // namespace trialforge::cpu
