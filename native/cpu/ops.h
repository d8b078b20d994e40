// The operations on the CPU. Their callers in ops/ and network/ have validated everything; pointers
// hold what the facade headers say. Each may use the pool's scratch memory.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "cpu/kernels/kernels.h"
#include "cpu/thread_pool.h"
#include "ops/copy_axis.h"
#include "trialforge/conv2d.h"
#include "trialforge/dense.h"
#include "trialforge/depthwise_conv2d.h"
#include "trialforge/dropout.h"
#include "trialforge/elementwise.h"
#include "trialforge/gather.h"
#include "trialforge/mat_mul.h"
#include "trialforge/optimizer.h"
#include "trialforge/pool2d.h"
#include "trialforge/reduce.h"
#include "trialforge/resize_bilinear.h"
#include "trialforge/softmax_cross_entropy.h"
#include "trialforge/tensor.h"

namespace trialforge::cpu {

/** Weights [begin, end). */
struct WeightRange {
  std::size_t begin, end;
};

/** One step over n weights, made range by range in any order. */
class OptimizerStep {
 public:
  /** iteration counts from 1; state: [slots, n]. */
  OptimizerStep(const OptimizerSpec& spec, std::uint64_t iteration,
                std::span<const RegularizedSegment> segments, float* w, float* state,
                std::size_t n);
  /** dw: the gradients of the range's weights; the penalties' are added to them. */
  void apply(WeightRange range, float* dw) const;
  /** What apply(range) will read of the state's slot; nothing where there is no such slot. */
  Ahead state_ahead(WeightRange range, int slot) const;

 private:
  OptimizerSpec spec_;
  float rate_;
  std::span<const RegularizedSegment> segments_;
  float *w_, *state_;
  std::size_t n_;
};

/** A convolution and what follows it in a network, done while an image is in the cache. */
struct Conv2dBlock {
  Conv2dShape conv;
  Activation activation = Activation::linear;
  std::optional<Pool2dShape> pool;  // of the activated output
  PoolKind pool_kind = PoolKind::max;

  /** Whether the backward pass reads the convolution's own output y. */
  bool backward_needs_y() const noexcept {
    return activation != Activation::linear && !(pool && pool_kind == PoolKind::max);
  }
};

struct Conv2dBlockOutputs {
  float* y = nullptr;              // activated output; may be null where there is a pool
  float* pooled = nullptr;         // where there is a pool
  std::int32_t* argmax = nullptr;  // like pooled; may be null
};

struct Conv2dBlockGradients {
  const float* dy;                        // like the block's last output
  float *dw = nullptr, *dbias = nullptr;  // dbias only with dw
  float* dx = nullptr;
  /** dx is taken on through the gradient of this activation, whose output x is. */
  Activation x_activation = Activation::linear;
};

void conv2d_block_forward(ThreadPool& pool, const Conv2dBlock& block, const float* x,
                          const float* w, const float* bias, const Conv2dBlockOutputs& outputs);
/** `outputs` as the forward pass left them. What is null in `gradients` is not computed. */
void conv2d_block_backward(ThreadPool& pool, const Conv2dBlock& block, const float* x,
                           const float* w, const Conv2dBlockOutputs& outputs,
                           const Conv2dBlockGradients& gradients);

void max_pool2d_forward(ThreadPool& pool, const Pool2dShape& shape, const float* x, float* y,
                        std::int32_t* argmax);
void max_pool2d_backward(ThreadPool& pool, const Pool2dShape& shape, const float* dy,
                         const std::int32_t* argmax, float* dx);
/** dx of the largest element of each window of x, found anew. */
void max_pool2d_input_gradient(ThreadPool& pool, const Pool2dShape& shape, const float* x,
                               const float* dy, float* dx);
void average_pool2d_forward(ThreadPool& pool, const Pool2dShape& shape, const float* x, float* y);
void average_pool2d_backward(ThreadPool& pool, const Pool2dShape& shape, const float* dy,
                             float* dx);

void dense_forward(ThreadPool& pool, const DenseShape& shape, const float* x, const float* w,
                   const float* bias, Activation activation, float* y);
/** What is null is not computed. dy before the activation. */
struct DenseBackward {
  const float *x, *w, *dy;
  float* dx = nullptr;
  float *dw = nullptr, *dbias = nullptr;
  /** Makes its step of w, which begins at weight `first`, instead of writing dw; dx is that of the
   * weights before. */
  const OptimizerStep* step = nullptr;
  std::size_t first = 0;
};
void dense_backward(ThreadPool& pool, const DenseShape& shape, const DenseBackward& backward);

void mat_mul(ThreadPool& pool, const MatMulShape& shape, const float* a, const float* b,
             const float* bias /* or null */, Activation activation, float* y);

void activation_forward(ThreadPool& pool, Activation activation, const float* x, float* y,
                        std::size_t n);
void activation_backward(ThreadPool& pool, Activation activation, const float* y, const float* dy,
                         float* dx, std::size_t n);

void unary(ThreadPool& pool, UnaryOp op, DType type, const UnaryParameters& parameters,
           const void* x, void* y, std::size_t n);
/** The shapes go together and have no size 0. */
void binary(ThreadPool& pool, BinaryOp op, DType type, std::span<const int> a_shape,
            std::span<const int> b_shape, const void* a, const void* b, void* y);
/** a, b, y: n elements of `type`, n / conditions for each condition. */
void select(ThreadPool& pool, const std::uint8_t* condition, std::size_t conditions, DType type,
            const void* a, const void* b, void* y, std::size_t n);
void cast(ThreadPool& pool, DType from, const void* x, DType to, void* y, std::size_t n);

void softmax_forward(ThreadPool& pool, const SoftmaxShape& shape, const float* logits,
                     float* probabilities);
void log_softmax_forward(ThreadPool& pool, const SoftmaxShape& shape, const float* x, float* y);
void softmax_cross_entropy_sparse(const SoftmaxShape& shape, const float* logits,
                                  const std::int32_t* labels, float scale, float* loss,
                                  float* correct, float* dlogits /* or null */);
void softmax_cross_entropy_dense(const SoftmaxShape& shape, const float* logits,
                                 const float* targets, float scale, float* loss, float* correct,
                                 float* dlogits /* or null */);

void dropout(ThreadPool& pool, const DropoutMask& mask, const float* x, float* y, std::size_t n);

void optimizer_init(ThreadPool& pool, const OptimizerSpec& spec, float* state, std::size_t n);
/** optimizer_step on the weights of `ranges`, whose gradients lie in dw where the weights lie in w.
 */
void optimizer_step(ThreadPool& pool, const OptimizerStep& step,
                    std::span<const WeightRange> ranges, float* dw);
double regularization_loss(ThreadPool& pool, std::span<const RegularizedSegment> segments,
                           const float* w);

/** `from` and `to` are the box's first elements, 1 or 4 bytes each. At most 8 axes, none empty. */
void strided_copy(ThreadPool& pool, std::span<const CopyAxis> axes, std::size_t element_bytes,
                  const void* from, void* to);

void reduce(ThreadPool& pool, ReduceOp op, const ReduceShape& shape, TensorView x,
            MutableTensorView y);
void arg_reduce(ThreadPool& pool, ArgOp op, const ReduceShape& shape, TensorView x,
                std::int32_t* y);

/** Elements of 1 or 4 bytes. */
void gather(ThreadPool& pool, const GatherShape& shape, std::size_t element_bytes, const void* x,
            const std::int32_t* indices, void* y);
void one_hot(ThreadPool& pool, int depth, double on, double off,
             std::span<const std::int32_t> indices, MutableTensorView y);

/** scale and offset may be null. */
void batch_norm_inference(ThreadPool& pool, int pixels, int channels, const float* x,
                          const float* mean, const float* variance, const float* scale,
                          const float* offset, float epsilon, float* y);

void resize_bilinear_forward(ThreadPool& pool, const ResizeShape& shape, const float* x, float* y);
void resize_bilinear_backward(ThreadPool& pool, const ResizeShape& shape, const float* dy,
                              float* dx);

void depthwise_conv2d_forward(ThreadPool& pool, const DepthwiseConv2dShape& shape, const float* x,
                              const float* w, float* y);
void depthwise_conv2d_backward_input(ThreadPool& pool, const DepthwiseConv2dShape& shape,
                                     const float* dy, const float* w, float* dx);
void depthwise_conv2d_backward_filter(ThreadPool& pool, const DepthwiseConv2dShape& shape,
                                      const float* x, const float* dy, float* dw);

}  // namespace trialforge::cpu
