// A table of named cases, and comparisons that print the worst element.
#pragma once

#include <cmath>
#include <cstddef>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "trialforge/error.h"

namespace trialforge::testing {

/** What a failed check throws; the case's name and this message are printed. */
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/** What a case throws that cannot run here; it is counted and shown as skipped. */
struct Skipped : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/** Adds a case to the table. Called while static objects are initialised. */
struct Register {
  Register(std::string name, std::function<void()> body);
};

void check(bool condition, const std::string& message);

/**
 * |actual - reference| <= absolute + relative * |reference| for every element of two vectors or
 * spans; NaN equals NaN.
 */
template <typename Actual, typename Reference>
void expect_close(const std::string& what, const Actual& actual, const Reference& reference,
                  double absolute, double relative) {
  check(actual.size() == reference.size(), what + ": " + std::to_string(actual.size()) +
                                               " elements, expected " +
                                               std::to_string(reference.size()));
  double worst = 0;
  std::size_t at = 0;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double a = actual[i], r = reference[i];
    if ((std::isnan(a) && std::isnan(r)) || a == r) continue;
    const double excess = std::abs(a - r) / (absolute + relative * std::abs(r));
    if (!(excess <= worst)) worst = std::isnan(excess) ? INFINITY : excess, at = i;
  }
  if (worst <= 1) return;
  throw Failure(what + ": element " + std::to_string(at) + " of " + std::to_string(actual.size()) +
                " is " + std::to_string(actual[at]) + ", expected " +
                std::to_string(reference[at]) + " (" + std::to_string(worst) +
                " times the tolerance)");
}

/** `body` must throw a trialforge::Error of `code` whose message contains `part`. */
void expect_error(ErrorCode code, const std::string& part, const std::function<void()>& body);

/** `n` floats in [low, high), the same for the same seed. */
std::vector<float> random_floats(std::size_t n, std::uint64_t seed, float low = -1, float high = 1);
std::vector<double> to_double(std::span<const float> values);

/** Runs the cases whose name contains `filter`; prints one line each and "N passed, N failed". */
int run_cases(int argc, char** argv);

}  // namespace trialforge::testing
