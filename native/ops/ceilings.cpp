#include "trialforge/ceilings.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

#include "cpu/kernels/kernels.h"
#include "cuda/backend.h"
#include "trialforge/buffer.h"
#include "trialforge/timing.h"

namespace trialforge {
namespace {

constexpr std::size_t copied_by_default = std::size_t{256} << 20;

/** Calls body(thread) on threads of its own, the engine's pool being a matter of the engine. */
void on_threads(int threads, const std::function<void(int)>& body) {
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i) others.emplace_back(body, i);
  body(0);
  for (std::thread& other : others) other.join();
}

Ceilings measure_cpu(const Device& device, const TimingOptions& timing,
                     const CeilingOptions& options) {
  const cpu::Kernels& kernels = cpu::kernels();
  const int threads = device.threads();
  // Long enough, some 20 ms, for the start of the threads not to count.
  const std::int64_t steps = options.steps > 0 ? options.steps : 8'000'000;
  const Timing chains = time_runs(device, timing, [&] {
    on_threads(threads, [&](int) {
      volatile float sink = kernels.multiply_add_chains(steps);
      (void)sink;
    });
  });
  const std::size_t wanted = options.copied > 0 ? options.copied : copied_by_default;
  const std::size_t slice = wanted / static_cast<std::size_t>(threads);
  const std::size_t bytes = slice * static_cast<std::size_t>(threads);
  std::vector<char> from(bytes, 1), to(bytes);
  const Timing copy = time_runs(device, timing, [&] {
    on_threads(threads, [&](int i) {
      const std::size_t begin = slice * static_cast<std::size_t>(i);
      std::memcpy(&to[begin], &from[begin], slice);
    });
  });
  return {.float32_flops = 24.0 * kernels.width * static_cast<double>(steps) * threads / chains.min,
          .copy_bytes = 2.0 * static_cast<double>(bytes) / copy.min};
}

Ceilings measure_cuda(const Device& device, const TimingOptions& timing,
                      const CeilingOptions& options) {
  const cuda::Queue queue = cuda::queue_of(device);
  const std::int64_t steps = options.steps > 0 ? options.steps : 1 << 14;
  const auto flops = [&](Precision precision) {
    const cuda::MultiplyAdds work = cuda::multiply_adds(queue, precision, steps);
    const Buffer sink(device, work.threads * sizeof(float));
    const Timing timed = time_runs(device, timing, [&] {
      cuda::multiply_add_chains(queue, precision, steps, sink.as<float>().data());
    });
    return work.flops / timed.min;
  };
  Ceilings ceilings{.float32_flops = flops(Precision::float32),
                    .tf32_flops = flops(Precision::tf32),
                    .bfloat16_flops = flops(Precision::bfloat16)};
  const std::size_t bytes =
      options.copied > 0
          ? options.copied
          : std::min(copied_by_default, capabilities().cuda_devices[device.index()].free_bytes / 4);
  const Buffer from(device, bytes), to(device, bytes);
  const Timing copy = time_runs(
      device, timing, [&] { cuda::copy_by_kernel(queue, from.data(), to.data(), bytes); });
  ceilings.copy_bytes = 2.0 * static_cast<double>(bytes) / copy.min;
  return ceilings;
}

}  // namespace

double Ceilings::flops(Precision precision) const noexcept {
  switch (precision) {
    case Precision::tf32:
      return tf32_flops;
    case Precision::bfloat16:
      return bfloat16_flops;
    default:
      return float32_flops;
  }
}

Ceilings measure_ceilings(const Device& device, const CeilingOptions& options) {
  const TimingOptions timing{.seconds = options.seconds, .repeats = options.repeats};
  return device.kind() == DeviceKind::cuda ? measure_cuda(device, timing, options)
                                           : measure_cpu(device, timing, options);
}

}  // namespace trialforge
