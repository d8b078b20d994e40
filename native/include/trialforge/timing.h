// How long a piece of work takes.
#pragma once

#include <functional>

#include "trialforge/device.h"

namespace trialforge {

struct TimingOptions {
  double seconds = 0.2;  // least length of one timing
  int repeats = 5;       // timings
};

/** Seconds of one run. */
struct Timing {
  double median = 0;
  double min = 0;
};

/** Warms up, then times batches of runs of `body`, each long enough, with one wait for `device` at
 * the end. */
Timing time_runs(const Device& device, const TimingOptions& options,
                 const std::function<void()>& body);

}  // namespace trialforge
