// Parameters of every kernel for tests of Parzen mixtures.
#pragma once

#include <cstdint>
#include <vector>

#include "testing.h"
#include "trialforge/parzen.h"

namespace trialforge::testing {

inline std::vector<double> uniform_doubles(std::size_t n, std::uint64_t seed, double low,
                                           double high) {
  return to_double(random_floats(n, seed, static_cast<float>(low), static_cast<float>(high)));
}

/** Owned arrays for one parameter of every kernel, k components and n points. */
struct ParzenExample {
  std::vector<double> mu, sigma, x, positive_x, lower, upper, log_lower, log_upper, probability;
  std::vector<std::int32_t> choice;

  ParzenExample(std::size_t k, std::size_t n, std::size_t n_choices)
      : mu(uniform_doubles(k, 1, -2, 2)),
        sigma(uniform_doubles(k, 2, 0.05, 2)),
        x(uniform_doubles(n, 3, -2.5, 2.5)),
        positive_x(uniform_doubles(n, 4, 0.01, 8)),
        lower(uniform_doubles(n, 5, -2.5, 2)),
        log_lower(uniform_doubles(n, 6, 0, 4)),
        probability(uniform_doubles(k * n_choices, 7, 0, 1)) {
    for (const double value : lower) upper.push_back(value + 0.5);
    for (const double value : log_lower) log_upper.push_back(value + 1);
    for (std::size_t i = 0; i < n; ++i) choice.push_back(static_cast<std::int32_t>(i % n_choices));
  }

  ParzenParameter parameter(ParzenKernel kernel, std::size_t n_choices) const {
    const bool logarithmic = kernel == ParzenKernel::log_normal_mass;
    return {.kernel = kernel,
            .mu = mu,
            .sigma = sigma,
            .low = -2.6,
            .high = 2.6,
            .x = kernel == ParzenKernel::log_normal ? positive_x : x,
            .lower = logarithmic ? log_lower : lower,
            .upper = logarithmic ? log_upper : upper,
            .probability = probability,
            .n_choices = n_choices,
            .choice = choice};
  }
};

inline const std::vector<ParzenKernel> every_parzen_kernel{
    ParzenKernel::truncated_normal, ParzenKernel::truncated_normal_mass,
    ParzenKernel::categorical,      ParzenKernel::normal,
    ParzenKernel::log_normal,       ParzenKernel::normal_mass,
    ParzenKernel::log_normal_mass};

}  // namespace trialforge::testing
