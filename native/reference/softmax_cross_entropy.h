#pragma once

#include <cstdint>
#include <span>

#include "trialforge/softmax_cross_entropy.h"

namespace trialforge::reference {

void softmax_forward(const SoftmaxShape& shape, std::span<const double> logits,
                     std::span<double> probabilities);
void log_softmax_forward(const SoftmaxShape& shape, std::span<const double> x, std::span<double> y);

/** `dlogits` may be empty. */
void softmax_cross_entropy_sparse(const SoftmaxShape& shape, std::span<const double> logits,
                                  std::span<const std::int32_t> labels, double scale,
                                  std::span<double> loss, std::span<double> correct,
                                  std::span<double> dlogits);

/** `dlogits` may be empty. */
void softmax_cross_entropy_dense(const SoftmaxShape& shape, std::span<const double> logits,
                                 std::span<const double> targets, double scale,
                                 std::span<double> loss, std::span<double> correct,
                                 std::span<double> dlogits);

}  // namespace trialforge::reference
