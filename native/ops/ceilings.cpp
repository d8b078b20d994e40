#include "trialforge/ceilings.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

#include "cpu/kernels/kernels.h"
#include "cuda/backend.h"
#include "ops/stop_if.h"
#include "trialforge/buffer.h"
#include "trialforge/timing.h"

namespace trialforge {
namespace {

constexpr std::size_t copied_by_default = std::size_t{256} << 20;
constexpr std::int64_t cuda_steps_by_default = 1 << 14;

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
    stop_if(options.cancelled);
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
    stop_if(options.cancelled);
    on_threads(threads, [&](int i) {
      const std::size_t begin = slice * static_cast<std::size_t>(i);
      std::memcpy(&to[begin], &from[begin], slice);
    });
  });
  return {.float32_flops = 24.0 * kernels.width * static_cast<double>(steps) * threads / chains.min,
          .copy_bytes = 2.0 * static_cast<double>(bytes) / copy.min};
}

/** 256 if a 256th of some work takes as long as all of it would on any GPU, as on an emulated
 * one, and else 1. */
int slowness(const Device& device, const std::function<void()>& part) {
  part();
  device.synchronize();
  const auto begin = std::chrono::steady_clock::now();
  part();
  device.synchronize();
  return std::chrono::steady_clock::now() - begin > std::chrono::milliseconds(50) ? 256 : 1;
}

Ceilings measure_cuda(const Device& device, const TimingOptions& timing,
                      const CeilingOptions& options) {
  const cuda::Queue queue = cuda::queue_of(device);
  const auto flops = [&](Precision precision) {
    const auto run = [&](std::int64_t steps, const Buffer& sink) {
      stop_if(options.cancelled);
      cuda::multiply_add_chains(queue, precision, steps, sink.as<float>().data());
    };
    const Buffer sink(device, cuda::multiply_adds(queue, precision, 1).threads * sizeof(float));
    const std::int64_t steps =
        options.steps > 0 ? options.steps : cuda_steps_by_default / slowness(device, [&] {
                                              run(cuda_steps_by_default / 256, sink);
                                            });
    const Timing timed = time_runs(device, timing, [&] { run(steps, sink); });
    return cuda::multiply_adds(queue, precision, steps).flops / timed.min;
  };
  Ceilings ceilings{.float32_flops = flops(Precision::float32),
                    .tf32_flops = flops(Precision::tf32),
                    .bfloat16_flops = flops(Precision::bfloat16)};
  std::size_t bytes =
      options.copied > 0
          ? options.copied
          : std::min(copied_by_default, capabilities().cuda_devices[device.index()].free_bytes / 4);
  const Buffer from(device, bytes), to(device, bytes);
  const auto copy_bytes = [&](std::size_t n) {
    stop_if(options.cancelled);
    cuda::copy_by_kernel(queue, from.data(), to.data(), n);
  };
  if (options.copied == 0) bytes /= slowness(device, [&] { copy_bytes(bytes / 256); });
  const Timing copy = time_runs(device, timing, [&] { copy_bytes(bytes); });
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
