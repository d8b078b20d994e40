// The passes of an operation as pieces of work that can be timed: what `trialforge profile` and the
// benchmark program run.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "trialforge/activation.h"
#include "trialforge/conv2d.h"
#include "trialforge/dense.h"
#include "trialforge/depthwise_conv2d.h"
#include "trialforge/device.h"
#include "trialforge/mat_mul.h"
#include "trialforge/optimizer.h"
#include "trialforge/pool2d.h"
#include "trialforge/precision.h"
#include "trialforge/softmax_cross_entropy.h"

namespace trialforge {

/** One pass of an operation, one facade call a run. */
struct Workload {
  std::string pass;  // "forward", "backward input", ...
  double flops = 0;  // of the direct algorithm: multiply-adds counted as two; 0: bound by memory
  double bytes = 0;  // every operand once
  /** Makes the operands on the device and returns what runs the pass on them. Both may be destroyed
   * in any order. Throws what the operation throws for its arguments. */
  std::function<std::function<void()>()> prepare;
};

/** The shapes are validated when the workloads are made, as the operations do it. */
std::vector<Workload> conv2d_workloads(const Device& device, const Conv2dShape& shape,
                                       Activation activation, Precision precision);
std::vector<Workload> dense_workloads(const Device& device, const DenseShape& shape,
                                      Activation activation, Precision precision);
std::vector<Workload> pool2d_workloads(const Device& device, PoolKind kind,
                                       const Pool2dShape& shape);
std::vector<Workload> depthwise_conv2d_workloads(const Device& device,
                                                 const DepthwiseConv2dShape& shape);
std::vector<Workload> mat_mul_workloads(const Device& device, const MatMulShape& shape,
                                        Precision precision);
std::vector<Workload> activation_workloads(const Device& device, Activation activation,
                                           std::size_t size);
/** Half of the elements are dropped. The gradient is the same operation. */
std::vector<Workload> dropout_workloads(const Device& device, std::size_t size);
std::vector<Workload> softmax_cross_entropy_workloads(const Device& device,
                                                      const SoftmaxShape& shape);
std::vector<Workload> optimizer_workloads(const Device& device, const OptimizerSpec& spec,
                                          std::size_t weights);

}  // namespace trialforge
