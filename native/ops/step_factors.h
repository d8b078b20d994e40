// What an optimizer multiplies by in one step.
#pragma once

#include <cmath>
#include <cstdint>

#include "trialforge/optimizer.h"
#include "trialforge/random.h"

namespace trialforge {

struct StepFactors {
  float rate = 0, epsilon = 0;
};

/** The learning rate and epsilon of step `iteration`, from 1, with Adam's corrections. */
TRIALFORGE_HOST_DEVICE inline StepFactors step_factors(const OptimizerSpec& spec,
                                                       std::uint64_t iteration) {
  if (spec.kind != OptimizerKind::adam) return {spec.learning_rate, spec.epsilon};
  const double t = static_cast<double>(iteration);
  const double root = std::sqrt(1 - std::pow(static_cast<double>(spec.beta_2), t));
  const double factor = root / (1 - std::pow(static_cast<double>(spec.beta_1), t));
  return {static_cast<float>(spec.learning_rate * factor),
          spec.corrected_epsilon ? static_cast<float>(spec.epsilon * root) : spec.epsilon};
}

}  // namespace trialforge
