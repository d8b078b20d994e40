#include "trialforge/profile.h"

#include <thread>

#include "devices.h"
#include "testing.h"
#include "trialforge/activation.h"
#include "trialforge/network.h"

namespace trialforge::testing {
namespace {

/** A second passes with every mark. */
class CountingClock : public ProfileClock {
 public:
  explicit CountingClock(std::string& calls) : calls_(calls) {}
  void mark() override {
    calls_ += "m";
    seconds_.push_back(static_cast<double>(seconds_.size()));
  }
  void hold() override { calls_ += "("; }
  void release() override { calls_ += ")"; }
  std::vector<double> read() override { return seconds_; }

 private:
  std::string& calls_;
  std::vector<double> seconds_;
};

void check_event(const ProfileEvent& event, const std::string& name, int depth, double begin,
                 double end) {
  check(event.name == name && event.depth == depth && event.begin == begin && event.end == end,
        "'" + event.name + "' at depth " + std::to_string(event.depth) + " from " +
            std::to_string(event.begin) + " to " + std::to_string(event.end) + ", not '" + name +
            "' at " + std::to_string(depth) + " from " + std::to_string(begin) + " to " +
            std::to_string(end));
}

const Register nesting("profile: ranges nest, and what is open ends with the profile", [] {
  std::string calls;
  Profiler profiler(std::make_unique<CountingClock>(calls));
  {
    const ProfileRange step("step");
    { const ProfileRange inner("inner", 12, 34); }
    profiler.begin("kernel", KernelLaunch{.registers = 40});
    profiler.end();
  }
  profiler.begin("left open");
  const std::vector<ProfileEvent> events = profiler.finish();
  check(!is_profiling(), "a finished profile still records");
  check(calls == "(mmmmmm)(mm)", "the clock was called " + calls);
  check(events.size() == 4, "there are " + std::to_string(events.size()) + " events, not 4");
  check_event(events[0], "step", 0, 0, 5);
  check_event(events[1], "inner", 1, 1, 2);
  check_event(events[2], "kernel", 1, 3, 4);
  check_event(events[3], "left open", 0, 6, 7);
  check(events[1].flops == 12 && events[1].bytes == 34, "costs got lost");
  check(!events[0].kernel && events[2].kernel->registers == 40, "the kernel got lost");
});

const Register one_a_thread("profile: one a thread, of that thread's work", [] {
  const Device device = Device::cpu(1);
  Profiler profiler(device);
  expect_error(ErrorCode::invalid_argument, "profiled already", [&] { Profiler another(device); });
  bool seen = true;
  std::thread([&] {
    seen = is_profiling();
    const ProfileRange elsewhere("elsewhere");
  }).join();
  check(!seen, "another thread is profiled");
  check(profiler.finish().empty(), "another thread's work was recorded");
  { const ProfileRange after("after"); }
  check(profiler.finish().empty(), "work after the end was recorded");
});

const RegisterOnDevices kernels("profile: kernels with their launches", [](const Device& device) {
  const DeviceArray<float> x(device, random_floats(1000, 1)), y(device, 1000);
  Profiler profiler(device);
  {
    const ProfileRange range("relu", 0, 8000);
    activation_forward(device, Activation::relu, x.span(), y.span());
  }
  const std::vector<ProfileEvent> events = profiler.finish();
  check(!events.empty() && events[0].name == "relu" && events[0].bytes == 8000, "no range");
  check(events[0].begin == 0 && events[0].end >= 0, "times before the first");
  if (device.kind() == DeviceKind::cpu) {
    check(events.size() == 1, "the CPU has no kernels");
    return;
  }
  check(events.size() == 2 && events[1].depth == 1 && events[1].kernel.has_value(), "no kernel");
  const KernelLaunch& launch = *events[1].kernel;
  check(launch.grid[0] >= 1 && launch.block[0] >= 32, "no launch shape");
  check(launch.registers > 0 && launch.registers <= 255, "no registers");
  check(launch.occupancy > 0 && launch.occupancy <= 1, "an occupancy outside of (0, 1]");
  check(events[0].begin <= events[1].begin && events[1].begin <= events[1].end &&
            events[1].end <= events[0].end,
        "the kernel lies outside of its range");
});

double find(const std::vector<ProfileEvent>& events, const std::string& name, int depth,
            double ProfileEvent::*member) {
  for (const ProfileEvent& event : events) {
    if (event.name == name && event.depth == depth) return event.*member;
  }
  throw Failure("no '" + name + "' at depth " + std::to_string(depth));
}

/** An epoch of three steps. */
std::vector<ProfileEvent> profile_network(const Device& device) {
  NetworkSpec spec{.in_height = 6, .in_width = 6, .in_channels = 2};
  spec.layers = {Conv2dLayer{.filters = 3, .kernel_height = 3, .kernel_width = 3},
                 Conv2dLayer{.filters = 4, .kernel_height = 3, .kernel_width = 3},
                 Pool2dLayer{},
                 FlattenLayer{},
                 DropoutLayer{.rate = 0.5f},
                 DenseLayer{.units = 5},
                 SoftmaxLayer{}};
  const std::vector<float> images = random_floats(10 * 72, 1);
  Dataset data(device, 72, std::span<const float>(images));
  data.set_labels(std::vector<std::int32_t>(10, 1), 5);
  Network network(device, spec);
  Profiler profiler(device);
  network.train_epoch(data, {.batch_size = 4});
  return profiler.finish();
}

/** The ranges of the first of three steps, each indented by its depth. */
std::string ranges_of_step(const std::vector<ProfileEvent>& events) {
  std::string names;
  int steps = 0;
  for (const ProfileEvent& event : events) {
    check(event.begin <= event.end, event.name + " ends before it begins");
    if (event.kernel) continue;
    if (event.depth == 0) ++steps;
    if (steps == 1) names += std::string(event.depth, ' ') + event.name + "\n";
  }
  check(steps == 3, std::to_string(steps) + " steps, not 3");
  return names;
}

const Register network("profile: a network's steps by layer and pass on cpu", [] {
  const std::vector<ProfileEvent> events = profile_network(Device::cpu(1));
  const std::string names = ranges_of_step(events);
  const std::string expected =
      "step\n gather\n forward\n  conv2d_1 forward\n  conv2d_2 + max_pool2d_1 forward\n"
      "  dropout_1 forward\n  dense_1 forward\n loss\n backward\n  dense_1 backward\n"
      "  dropout_1 backward\n  conv2d_2 + max_pool2d_1 backward\n  conv2d_1 backward\n"
      " optimizer\n";
  check(names == expected, "the step is\n" + names);
  // 4 images, 4 x 4 pixels of 3 filters over 3 x 3 x 2.
  constexpr double conv = 4 * 2.0 * 16 * 3 * 18;
  check(find(events, "conv2d_1 forward", 2, &ProfileEvent::flops) == conv, "conv2d_1's FLOPs");
  check(find(events, "conv2d_1 backward", 2, &ProfileEvent::flops) == conv,
        "the first layer needs no gradient of its input");
  // 4 times 1 x 1 x 4 inputs and 5 outputs, and 4 x 5 + 5 weights.
  check(find(events, "dense_1 forward", 2, &ProfileEvent::bytes) == 4.0 * (4 * (4 + 5) + 25),
        "dense_1's bytes");
  check(find(events, "dense_1 backward", 2, &ProfileEvent::flops) == 4 * 2 * 2.0 * 20,
        "dense_1's FLOPs");
});

const Register cuda_network("profile: a network's steps by layer and pass on cuda", [] {
  const std::string names = ranges_of_step(profile_network(test_device(DeviceKind::cuda)));
  const std::string expected =
      "step\n gather\n forward\n  conv2d_1 forward\n"
      "  conv2d_2 + max_pool2d_1 + dropout_1 forward\n  dense_1 forward\n loss\n backward\n"
      "  dense_1 + max_pool2d_1 backward\n  conv2d_2 backward\n  conv2d_1 backward\n"
      " optimizer\n";
  check(names == expected, "the step is\n" + names);
});

}  // namespace
}  // namespace trialforge::testing
