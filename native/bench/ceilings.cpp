#include "ceilings.h"

#include <cstdint>
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

#include "cpu/kernels/kernels.h"

namespace trialforge::bench {
namespace {

/** Calls body(thread) on threads of its own, the engine's pool being a matter of the engine. */
void on_threads(int threads, const std::function<void(int)>& body) {
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i) others.emplace_back(body, i);
  body(0);
  for (std::thread& other : others) other.join();
}

}  // namespace

Ceilings measure_ceilings(int threads, const TimingOptions& options) {
  const cpu::Kernels& kernels = cpu::kernels();
  // Long enough, some 20 ms, for the start of the threads not to count.
  constexpr std::int64_t steps = 8'000'000;
  const Timing chains = time_runs(options, [&] {
    on_threads(threads, [&](int) {
      volatile float sink = kernels.multiply_add_chains(steps);
      (void)sink;
    });
  });

  const std::size_t slice = (std::size_t{256} << 20) / static_cast<std::size_t>(threads);
  const std::size_t bytes = slice * static_cast<std::size_t>(threads);
  std::vector<char> from(bytes, 1), to(bytes);
  const Timing copy = time_runs(options, [&] {
    on_threads(threads, [&](int i) {
      const std::size_t begin = slice * static_cast<std::size_t>(i);
      std::memcpy(&to[begin], &from[begin], slice);
    });
  });
  return {24.0 * kernels.width * static_cast<double>(steps) * threads / chains.min,
          2.0 * static_cast<double>(bytes) / copy.min};
}

}  // namespace trialforge::bench
