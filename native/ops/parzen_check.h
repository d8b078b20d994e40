// What is refused of a Parzen mixture, its components and its points apart.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "trialforge/parzen.h"

namespace trialforge {

/** What messages call parameter p. */
inline std::string parzen_name(std::size_t p) { return "parameters[" + std::to_string(p) + "]"; }

void check_parzen_weights(std::span<const double> log_weight);
void check_parzen_components(const std::string& name, const ParzenParameter& p, std::size_t k);
void check_parzen_points(const std::string& name, const ParzenParameter& p, std::size_t n);

}  // namespace trialforge
