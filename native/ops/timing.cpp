#include "trialforge/timing.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <vector>

namespace trialforge {
namespace {

/** Seconds of `runs` runs, one after the other. */
double seconds_of(const Device& device, std::int64_t runs, const std::function<void()>& body) {
  const auto start = std::chrono::steady_clock::now();
  for (std::int64_t i = 0; i < runs; ++i) body();
  device.synchronize();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/** Tries ever more, a quarter of `seconds` at least. */
std::int64_t runs_that_fill(double seconds, const Device& device,
                            const std::function<void()>& body) {
  for (std::int64_t runs = 1;; runs *= 2) {
    const double elapsed = seconds_of(device, runs, body);
    if (elapsed < seconds / 4) continue;
    return std::max<std::int64_t>(
        1, std::llround(std::ceil(static_cast<double>(runs) * seconds / elapsed)));
  }
}

}  // namespace

Timing time_runs(const Device& device, const TimingOptions& options,
                 const std::function<void()>& body) {
  seconds_of(device, 1, body);
  const std::int64_t runs = runs_that_fill(options.seconds, device, body);
  std::vector<double> timings;
  for (int i = 0; i < options.repeats; ++i) {
    timings.push_back(seconds_of(device, runs, body) / static_cast<double>(runs));
  }
  std::sort(timings.begin(), timings.end());
  const std::size_t middle = timings.size() / 2;
  const double median =
      timings.size() % 2 == 1 ? timings[middle] : (timings[middle - 1] + timings[middle]) / 2;
  return {median, timings.front()};
}

}  // namespace trialforge
