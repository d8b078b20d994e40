// How long a piece of work takes.
#pragma once

#include <functional>

namespace trialforge::bench {

struct TimingOptions {
  double seconds = 0.2;  // least length of one timing
  int repeats = 5;       // timings
};

/** Seconds of one run. */
struct Timing {
  double median = 0;
  double min = 0;
};

/** Warms up, then times runs of `body` until each timing is long enough. */
Timing time_runs(const TimingOptions& options, const std::function<void()>& body);

}  // namespace trialforge::bench
