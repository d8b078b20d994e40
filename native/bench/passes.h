// The forward and backward passes of one layer as cases. A facade call is one run: it packs what it
// needs from NHWC tensors, as a step of a network does.
#pragma once

#include "case.h"
#include "trialforge/conv2d.h"
#include "trialforge/dense.h"

namespace trialforge::bench {

/** Without `input_gradient`, no backward input: the first layer of a network needs none. */
void add_conv2d(const Device& device, const std::string& name, const Conv2dShape& shape,
                Activation activation, bool input_gradient, std::vector<Case>& cases);

void add_dense(const Device& device, const std::string& name, const DenseShape& shape,
               Activation activation, std::vector<Case>& cases);

}  // namespace trialforge::bench
