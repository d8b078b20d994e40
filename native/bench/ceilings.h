// What the machine could do at best.
#pragma once

#include "timing.h"

namespace trialforge::bench {

struct Ceilings {
  double flops_per_second = 0;  // fused multiply-adds in registers, in the instruction set in use
  double copy_bytes_per_second = 0;  // read and written, far beyond the caches
};

/** The best of the repeats, on `threads` threads. */
Ceilings measure_ceilings(int threads, const TimingOptions& options);

}  // namespace trialforge::bench
