// What conv2d.cpp and the algorithms of convolution say to each other. An algorithm is a class with
//
//   std::size_t filter_floats(), turned_filter_floats()  the filter as the algorithm reads it
//   std::size_t gradient_floats()                        a sum of filter gradients
//   std::size_t forward_scratch(), backward_scratch()    of one group, in floats
//   int group_images()                                   images it works on at a time, at most
//   pack_filter, pack_turned_filter, forward, backward, finish_filter
//
// made for one shape and one way of splitting its work. It allocates nothing.
#pragma once

#include <cstddef>

#include "cpu/kernels/kernels.h"
#include "trialforge/activation.h"

namespace trialforge::cpu {

/** y = activation(x * filter + bias) for `images` images. */
struct ForwardGroup {
  int images;
  const float* x;       // [images, in_height, in_width, in_channels]
  const float* filter;  // packed
  const float* bias;    // [out_channels] or null
  Activation activation;
  float* y;          // [images, out_height, out_width, out_channels]
  Ahead ahead = {};  // the next group's x
};

/** Gradients of `images` images, dy before the activation. */
struct BackwardGroup {
  int images;
  const float* x;
  const float* dy;
  const float* turned_filter;  // packed; null: dx is not wanted
  float* dx;
  float* gradient;   // sum of filter gradients; null: not wanted
  bool accumulate;   // add to `gradient` instead of replacing it
  Ahead ahead = {};  // the next group's x
};

}  // namespace trialforge::cpu
