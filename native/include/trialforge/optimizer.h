// Gradient descent rules with Keras's formulas and defaults, over all tensors of a network at once.
#pragma once

#include <cstdint>
#include <span>

#include "trialforge/device.h"

namespace trialforge {

enum class OptimizerKind { sgd, adam, rmsprop, adagrad, adadelta };

/** Hyperparameters; each rule reads its own. The defaults are Keras's. */
struct OptimizerSpec {
  OptimizerKind kind = OptimizerKind::adam;
  float learning_rate = 0.001f;      // > 0, finite
  float momentum = 0;                // sgd, rmsprop: [0, 1]
  bool nesterov = false;             // sgd
  float beta_1 = 0.9f;               // adam: [0, 1)
  float beta_2 = 0.999f;             // adam: [0, 1)
  float rho = 0.9f;                  // rmsprop; adadelta uses 0.95: [0, 1)
  float epsilon = 1e-7f;             // >= 0
  bool corrected_epsilon = false;    // adam: added to the root of the bias-corrected moment
  float initial_accumulator = 0.1f;  // adagrad: >= 0
  bool centered = false;             // rmsprop

  /** Throws ErrorCode::invalid_argument naming the value out of range. */
  void validate() const;
  /** State floats per weight. */
  int slots() const noexcept;
};

/** Initial state: 0, or Adagrad's accumulator. state: [slots, n]. */
void optimizer_init(const Device& device, const OptimizerSpec& spec, std::span<float> state);

/** A run of weights with its own L1 and L2 penalty: l1 * sum |w| + l2 * sum w^2. */
struct RegularizedSegment {
  std::size_t begin = 0, end = 0;
  float l1 = 0, l2 = 0;
};

/**
 * One update of all n weights. `iteration` counts from 1 (Adam's t). The gradient used is
 * dw + l1 * sign(w) + 2 * l2 * w on the segments; dw is overwritten with it.
 *   sgd       v = momentum v - lr g;  w += v, or with nesterov w += momentum v - lr g
 *   adam      Kingma & Ba 2015, with lr_t = lr sqrt(1 - beta_2^t) / (1 - beta_1^t); with a
 * corrected epsilon their algorithm 1, without one their order of computation at the end of section
 * 2 rmsprop   s = rho s + (1 - rho) g^2;  w -= lr g / sqrt(s + epsilon)  (centered: s - mean^2)
 *   adagrad   s += g^2;  w -= lr g / sqrt(s + epsilon)          (Duchi et al. 2011)
 *   adadelta  Zeiler 2012, scaled by lr
 */
void optimizer_step(const Device& device, const OptimizerSpec& spec, std::uint64_t iteration,
                    std::span<const RegularizedSegment> segments, std::span<float> dw,
                    std::span<float> w, std::span<float> state);

/** Sum over the segments of l1 * sum |w| + l2 * sum w^2, in double. */
double regularization_loss(const Device& device, std::span<const RegularizedSegment> segments,
                           std::span<const float> w);

}  // namespace trialforge
