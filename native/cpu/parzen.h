// The CPU side of trialforge/parzen.h; arguments are already checked.
#pragma once

#include <span>

#include "trialforge/parzen.h"

namespace trialforge::cpu {

void parzen_log_pdf(std::span<const double> log_weight, std::span<const ParzenParameter> parameters,
                    std::span<double> out);

void truncated_normal_ppf(std::span<const double> q, std::span<const double> a,
                          std::span<const double> b, std::span<double> out);

}  // namespace trialforge::cpu
