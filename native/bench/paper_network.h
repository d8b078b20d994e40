// The seven-layer network of Samoilova (2024) on synthetic images of MNIST's shape.
#pragma once

#include <memory>

#include "trialforge/network.h"

namespace trialforge::bench {

/** 3x3 kernels, 32 and 64 filters, 2x2 max pooling, `units` hidden units, Adam. */
NetworkSpec paper_network(int units, Precision precision = Precision::float32);

/** `size` random byte images of 28x28x1 with labels of 10 classes. */
std::shared_ptr<const Dataset> synthetic_digits(const Device& device, std::size_t size);

/** Multiply-adds of the convolutions and dense layers a sample, counted as two. */
double forward_flops(const NetworkSpec& spec);
/** Backward costs twice the forward pass, but for the gradient of the images, which nobody needs.
 */
double training_flops(const NetworkSpec& spec);

}  // namespace trialforge::bench
