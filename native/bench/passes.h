// The passes of one layer as cases. A facade call is one run: it packs what it needs from NHWC
// tensors, as a step of a network does.
#pragma once

#include "case.h"
#include "trialforge/workload.h"

namespace trialforge::bench {

/** Without `input_gradient`, no backward input: the first layer of a network needs none. */
void add_conv2d(const Target& target, const std::string& name, const Conv2dShape& shape,
                Activation activation, bool input_gradient, std::vector<Case>& cases);

void add_dense(const Target& target, const std::string& name, const DenseShape& shape,
               Activation activation, std::vector<Case>& cases);

void add_pool2d(const Target& target, const std::string& name, PoolKind kind,
                const Pool2dShape& shape, std::vector<Case>& cases);

/** The workloads of an operation that no peer sets up. */
void add(const std::string& name, const std::vector<Workload>& workloads, std::vector<Case>& cases);

}  // namespace trialforge::bench
