#include "timing.h"

#include <algorithm>
#include <chrono>
#include <vector>

namespace trialforge::bench {
namespace {

/** Seconds of one run, from as many as fill `seconds`. */
double seconds_a_run(double seconds, const std::function<void()>& body) {
  const auto start = std::chrono::steady_clock::now();
  for (double runs = 1;; ++runs) {
    body();
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    if (elapsed.count() >= seconds) return elapsed.count() / runs;
  }
}

}  // namespace

Timing time_runs(const TimingOptions& options, const std::function<void()>& body) {
  seconds_a_run(options.seconds / 4, body);
  std::vector<double> timings;
  for (int i = 0; i < options.repeats; ++i) {
    timings.push_back(seconds_a_run(options.seconds, body));
  }
  std::sort(timings.begin(), timings.end());
  const std::size_t middle = timings.size() / 2;
  const double median =
      timings.size() % 2 == 1 ? timings[middle] : (timings[middle - 1] + timings[middle]) / 2;
  return {median, timings.front()};
}

}  // namespace trialforge::bench
