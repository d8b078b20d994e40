#pragma once

#include <cstdint>

#include "trialforge/softmax_cross_entropy.h"

namespace trialforge::cpu {

// Arguments as in the facade, already checked; `dlogits` may be null.

void softmax_forward(const SoftmaxShape& shape, const float* logits, float* probabilities);
void softmax_cross_entropy_sparse(const SoftmaxShape& shape, const float* logits,
                                  const std::int32_t* labels, float scale, float* loss,
                                  float* correct, float* dlogits);
void softmax_cross_entropy_dense(const SoftmaxShape& shape, const float* logits,
                                 const float* targets, float scale, float* loss, float* correct,
                                 float* dlogits);

}  // namespace trialforge::cpu
