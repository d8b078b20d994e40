// Runs a kernel as the CUDA execution model says: blocks in turn, the threads of a block as fibers
// that go on from one barrier or warp operation to the next.
#pragma once

#include <any>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>

struct uint3 {
  unsigned x, y, z;
};
struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};

// Of the thread that runs, as in a kernel.
inline uint3 threadIdx{}, blockIdx{};
inline dim3 blockDim, gridDim;
inline constexpr int warpSize = 32;

namespace trialforge::emulation {

/** What a kernel did that the execution model forbids or leaves undefined. */
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/** In which order blocks, and the threads of a block between two barriers, take their turns. */
struct Order {
  enum class Kind { forward, reverse, shuffled } kind = Kind::forward;
  std::uint64_t seed = 0;  // of a shuffle
  /** What fresh dynamic shared memory holds, so that reading it unwritten shows. */
  unsigned char fresh_memory = 0xff;
};

/** Runs every thread of the grid to its end. Throws Failure. */
void run_grid(dim3 grid, dim3 block, std::size_t dynamic_shared_bytes,
              const std::function<void()>& kernel, const Order& order);

// --- For the thread that runs.

/** Where in the source a thread waits. */
struct Site {
  const char* file;
  int line;
};

void* dynamic_shared_memory();

/** Waits until every thread of the block is here. One that has returned never will be: a Failure.
 */
void block_barrier(const char* name, Site site);

/** The thread's place in its warp. */
int lane_of_thread();

/** What a wrapper keeps for this thread until it returns; empty at its start. */
std::any& state_of_thread();

/**
 * An operation of a warp's lanes in `mask` together: waits until all of them that have not returned
 * are here, when the last one calls complete(members, lanes), with lanes[i] the `lane` of member i.
 */
void warp_operation(const char* name, Site site, unsigned mask, void* lane,
                    const std::function<void(unsigned members, void* const* lanes)>& complete);

/** The same with typed lanes. `Lane` holds what a lane gives, and what it gets from complete(). */
template <typename Lane, typename Complete>
void warp_operation(const char* name, Site site, unsigned mask, Lane& lane, Complete complete) {
  warp_operation(name, site, mask, static_cast<void*>(&lane),
                 [&](unsigned members, void* const* lanes) {
                   std::array<Lane*, 32> typed;
                   for (int i = 0; i < 32; ++i) typed[i] = static_cast<Lane*>(lanes[i]);
                   complete(members, typed);
                 });
}

}  // namespace trialforge::emulation
