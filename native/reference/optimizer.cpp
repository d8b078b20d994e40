#include "reference/optimizer.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace trialforge::reference {

void optimizer_init(const OptimizerSpec& spec, std::span<double> state) {
  std::ranges::fill(state, spec.kind == OptimizerKind::adagrad ? spec.initial_accumulator : 0.0);
}

void optimizer_step(const OptimizerSpec& spec, std::uint64_t iteration,
                    std::span<const RegularizedSegment> segments, std::span<const double> dw,
                    std::span<double> w, std::span<double> state) {
  const std::size_t n = w.size();
  std::vector<double> gradient(dw.begin(), dw.end());
  for (const RegularizedSegment& segment : segments) {
    for (std::size_t i = segment.begin; i < segment.end; ++i) {
      const double sign = w[i] > 0 ? 1 : w[i] < 0 ? -1 : 0;
      gradient[i] += segment.l1 * sign + 2.0 * segment.l2 * w[i];
    }
  }
  const double lr = spec.learning_rate, epsilon = spec.epsilon, t = static_cast<double>(iteration);
  const double momentum = spec.momentum, rho = spec.rho, b1 = spec.beta_1, b2 = spec.beta_2;
  for (std::size_t i = 0; i < n; ++i) {
    const double g = gradient[i];
    const auto slot = [&](int s) -> double& { return state[s * n + i]; };
    switch (spec.kind) {
      case OptimizerKind::sgd: {
        if (momentum == 0) {
          w[i] -= lr * g;
          break;
        }
        slot(0) = momentum * slot(0) - lr * g;
        w[i] += spec.nesterov ? momentum * slot(0) - lr * g : slot(0);
        break;
      }
      case OptimizerKind::adam: {
        slot(0) = b1 * slot(0) + (1 - b1) * g;
        slot(1) = b2 * slot(1) + (1 - b2) * g * g;
        const double correction = std::sqrt(1 - std::pow(b2, t));
        const double root = std::sqrt(slot(1));
        const double denominator =
            spec.corrected_epsilon ? root / correction + epsilon : (root + epsilon) / correction;
        w[i] -= lr * slot(0) / (1 - std::pow(b1, t)) / denominator;
        break;
      }
      case OptimizerKind::rmsprop: {
        slot(0) = rho * slot(0) + (1 - rho) * g * g;
        double denominator = slot(0) + epsilon;
        if (spec.centered) {
          slot(1) = rho * slot(1) + (1 - rho) * g;
          denominator -= slot(1) * slot(1);
        }
        double move = lr * g / std::sqrt(denominator);
        if (momentum > 0) {
          move += momentum * slot(2);
          slot(2) = move;
        }
        w[i] -= move;
        break;
      }
      case OptimizerKind::adagrad: {
        slot(0) += g * g;
        w[i] -= lr * g / std::sqrt(slot(0) + epsilon);
        break;
      }
      case OptimizerKind::adadelta: {
        slot(0) = rho * slot(0) + (1 - rho) * g * g;
        const double move = std::sqrt(slot(1) + epsilon) / std::sqrt(slot(0) + epsilon) * g;
        slot(1) = rho * slot(1) + (1 - rho) * move * move;
        w[i] -= lr * move;
        break;
      }
    }
  }
}

double regularization_loss(std::span<const RegularizedSegment> segments,
                           std::span<const double> w) {
  double loss = 0;
  for (const RegularizedSegment& segment : segments) {
    for (std::size_t i = segment.begin; i < segment.end; ++i) {
      loss += segment.l1 * std::abs(w[i]) + segment.l2 * w[i] * w[i];
    }
  }
  return loss;
}

}  // namespace trialforge::reference
