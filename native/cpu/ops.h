// The operations on the CPU. Their callers in ops/ and network/ have validated everything; pointers
// hold what the facade headers say. Each may use the pool's scratch memory.
#pragma once

#include <cstdint>

#include "cpu/thread_pool.h"
#include "trialforge/conv2d.h"
#include "trialforge/dense.h"
#include "trialforge/dropout.h"
#include "trialforge/optimizer.h"
#include "trialforge/pool2d.h"
#include "trialforge/softmax_cross_entropy.h"

namespace trialforge::cpu {

void conv2d_forward(ThreadPool& pool, const Conv2dShape& shape, const float* x, const float* w,
                    const float* bias, Activation activation, float* y);
void conv2d_backward_input(ThreadPool& pool, const Conv2dShape& shape, const float* dy,
                           const float* w, float* dx);
void conv2d_backward_filter(ThreadPool& pool, const Conv2dShape& shape, const float* x,
                            const float* dy, float* dw, float* dbias);

void max_pool2d_forward(ThreadPool& pool, const Pool2dShape& shape, const float* x, float* y,
                        std::int32_t* argmax);
void max_pool2d_backward(ThreadPool& pool, const Pool2dShape& shape, const float* dy,
                         const std::int32_t* argmax, float* dx);
void average_pool2d_forward(ThreadPool& pool, const Pool2dShape& shape, const float* x, float* y);
void average_pool2d_backward(ThreadPool& pool, const Pool2dShape& shape, const float* dy,
                             float* dx);

void dense_forward(ThreadPool& pool, const DenseShape& shape, const float* x, const float* w,
                   const float* bias, Activation activation, float* y);
void dense_backward_input(ThreadPool& pool, const DenseShape& shape, const float* dy,
                          const float* w, float* dx);
void dense_backward_weights(ThreadPool& pool, const DenseShape& shape, const float* x,
                            const float* dy, float* dw, float* dbias);

void activation_forward(ThreadPool& pool, Activation activation, const float* x, float* y,
                        std::size_t n);
void activation_backward(ThreadPool& pool, Activation activation, const float* y, const float* dy,
                         float* dx, std::size_t n);

void softmax_forward(const SoftmaxShape& shape, const float* logits, float* probabilities);
void softmax_cross_entropy_sparse(const SoftmaxShape& shape, const float* logits,
                                  const std::int32_t* labels, float scale, float* loss,
                                  float* correct, float* dlogits /* or null */);
void softmax_cross_entropy_dense(const SoftmaxShape& shape, const float* logits,
                                 const float* targets, float scale, float* loss, float* correct,
                                 float* dlogits /* or null */);

void dropout(ThreadPool& pool, const DropoutMask& mask, const float* x, float* y, std::size_t n);

void optimizer_init(ThreadPool& pool, const OptimizerSpec& spec, float* state, std::size_t n);
void optimizer_step(ThreadPool& pool, const OptimizerSpec& spec, std::uint64_t iteration,
                    std::span<const RegularizedSegment> segments, float* dw, float* w, float* state,
                    std::size_t n);
double regularization_loss(ThreadPool& pool, std::span<const RegularizedSegment> segments,
                           const float* w);

}  // namespace trialforge::cpu
