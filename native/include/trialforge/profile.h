// Where the time of operations and training steps goes: every range of work and every CUDA kernel,
// recorded on request. While nothing records, a range costs a look at a thread's variable and, in a
// build with CUDA, at whether an NVIDIA profiler is attached (NVTX).
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "trialforge/device.h"

namespace trialforge {

/** How a CUDA kernel was launched, and what the compiler made of it. */
struct KernelLaunch {
  unsigned grid[3] = {1, 1, 1};                                   // blocks
  unsigned block[3] = {1, 1, 1};                                  // threads of a block
  int registers = 0;                                              // of a thread
  std::size_t static_shared_bytes = 0, dynamic_shared_bytes = 0;  // of a block
  std::size_t local_bytes = 0;  // of a thread: spilled registers and arrays
  int blocks_per_multiprocessor = 0;
  double occupancy = 0;  // warps that a multiprocessor can hold, of its most; [0, 1]
};

/** A range of work or a kernel. */
struct ProfileEvent {
  std::string name;           // "step", "conv2d_1 forward"; a kernel's name
  int depth = 0;              // 0: outermost; what an event contains follows it, one deeper
  double begin = 0, end = 0;  // seconds on the device, from the profile's first event
  double flops = 0;           // as the direct algorithm counts them; 0: not told
  double bytes = 0;           // every operand once; 0: not told
  std::optional<KernelLaunch> kernel;
};

/** The time that a device's work takes. */
class ProfileClock {
 public:
  virtual ~ProfileClock() = default;
  /** Notes the time at which what was submitted before is done. */
  virtual void mark() = 0;
  /** What is submitted from now on may wait for release(), so that marks between the two measure
   * the device and not how fast the host submits. */
  virtual void hold() {}
  virtual void release() {}
  /** Waits for the device. Seconds of every mark, in their order, from the first. */
  virtual std::vector<double> read() = 0;
};

/**
 * Records what the thread that made it submits, until it is finished or destroyed. One a thread at
 * a time. CUDA steps are not replayed from a graph meanwhile, so that each kernel is seen.
 */
class Profiler {
 public:
  /** By the wall clock on the CPU, by events of the device's stream on CUDA. Throws
   * ErrorCode::invalid_argument while another one records in this thread. */
  explicit Profiler(const Device& device);
  explicit Profiler(std::unique_ptr<ProfileClock> clock);
  ~Profiler();
  Profiler(const Profiler&) = delete;
  Profiler& operator=(const Profiler&) = delete;

  /** The one that records in this thread, or null. */
  static Profiler* current() noexcept;

  void begin(std::string name, double flops = 0, double bytes = 0);
  void begin(std::string name, const KernelLaunch& launch);
  void end();
  /** Stops recording, waits for the device, and returns all events in the order of their begin. */
  std::vector<ProfileEvent> finish();

 private:
  void open(ProfileEvent event);

  std::unique_ptr<ProfileClock> clock_;
  std::vector<ProfileEvent> events_;
  std::vector<std::size_t> marks_;  // the event of each mark: a begin, or the end of an open one
  std::vector<std::size_t> open_;
};

/** Whether this thread's work is being recorded. */
inline bool is_profiling() noexcept { return Profiler::current() != nullptr; }

/** Names the work that is submitted in its lifetime, for this thread's Profiler and for NVIDIA's
 * profilers. `name` must outlive the call only. */
class ProfileRange {
 public:
  explicit ProfileRange(const char* name, double flops = 0, double bytes = 0);
  explicit ProfileRange(const std::string& name, double flops = 0, double bytes = 0)
      : ProfileRange(name.c_str(), flops, bytes) {}
  ~ProfileRange();
  ProfileRange(const ProfileRange&) = delete;
  ProfileRange& operator=(const ProfileRange&) = delete;

 private:
  Profiler* profiler_;
};

}  // namespace trialforge
