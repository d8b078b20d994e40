// What a device could do at best: against these, an operation's rates are told.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "trialforge/device.h"
#include "trialforge/precision.h"

namespace trialforge {

struct Ceilings {
  /** Fused multiply-adds in registers, counted as two: in the instruction set in use, or on all
   * multiprocessors. */
  double float32_flops = 0;
  /** On tensor cores, by the instructions that a warp issues (mma); 0 on the CPU. */
  double tf32_flops = 0, bfloat16_flops = 0;
  /** Read and written bytes a second of a copy far beyond the caches. */
  double copy_bytes = 0;

  double flops(Precision precision) const noexcept;
};

/** How long to look: the defaults take about a second. */
struct CeilingOptions {
  double seconds = 0.05;   // least length of one timing
  int repeats = 3;         // timings, of which the best counts
  std::size_t copied = 0;  // bytes; 0: 256 MiB, less on a device with little memory
  std::int64_t steps = 0;  // multiply-adds in a row; 0: what takes some 10 ms
  const std::atomic<bool>* cancelled = nullptr;  // looked at before every run
};

/** On all threads or multiprocessors of `device`, which is idle otherwise. Throws
 * ErrorCode::cancelled. */
Ceilings measure_ceilings(const Device& device, const CeilingOptions& options = {});

}  // namespace trialforge
