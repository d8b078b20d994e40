// Softmax and categorical cross-entropy in one pass, with the gradient and the metrics.
#pragma once

#include <cstdint>
#include <span>

#include "trialforge/device.h"

namespace trialforge {

struct SoftmaxShape {
  int batch = 0;    // rows
  int classes = 0;  // columns
};

/** probabilities[b, c] = softmax over c of logits[b, c]. In place is allowed. */
void softmax_forward(const Device& device, const SoftmaxShape& shape,
                     std::span<const float> logits /* [batch, classes] */,
                     std::span<float> probabilities /* [batch, classes] */);

/** y[b, c] = log softmax over c of x[b, c], as (x - largest) - log(sum). In place is allowed. */
void log_softmax_forward(const Device& device, const SoftmaxShape& shape,
                         std::span<const float> x /* [batch, classes] */,
                         std::span<float> y /* [batch, classes] */);

/**
 * Per row: loss[b] = -log softmax(logits)[b, labels[b]], correct[b] = 1 if the first largest logit
 * is at labels[b], else 0, and, unless `dlogits` is empty, dlogits = (softmax - onehot) * scale.
 * `scale` is 1 / batch for a mean loss. `dlogits` may be `logits`. Labels must be in [0, classes):
 * the CPU refuses others with ErrorCode::invalid_argument before it writes anything; on CUDA, where
 * looking at them would mean waiting, the row's loss and gradient are NaN. A row with a NaN loss
 * is never correct.
 */
void softmax_cross_entropy_sparse(const Device& device, const SoftmaxShape& shape,
                                  std::span<const float> logits /* [batch, classes] */,
                                  std::span<const std::int32_t> labels /* [batch] */, float scale,
                                  std::span<float> loss /* [batch] */,
                                  std::span<float> correct /* [batch] */,
                                  std::span<float> dlogits /* [batch, classes] or empty */);

/**
 * The same for one-hot (or soft) targets: loss[b] = -sum_c targets[b, c] log softmax(logits)[b, c];
 * correct[b] compares the first largest logit with the first largest target;
 * dlogits = (softmax * sum_c targets - targets) * scale. A target of 0 adds nothing to the loss,
 * also where the probability is 0. `dlogits` may be `logits`.
 */
void softmax_cross_entropy_dense(const Device& device, const SoftmaxShape& shape,
                                 std::span<const float> logits /* [batch, classes] */,
                                 std::span<const float> targets /* [batch, classes] */, float scale,
                                 std::span<float> loss /* [batch] */,
                                 std::span<float> correct /* [batch] */,
                                 std::span<float> dlogits /* [batch, classes] or empty */);

}  // namespace trialforge
