#include "trialforge/ceilings.h"

#include "devices.h"
#include "testing.h"
#include "trialforge/timing.h"

namespace trialforge::testing {
namespace {

const RegisterOnDevices ceilings("ceilings are told", [](const Device& device) {
  const Ceilings found =
      measure_ceilings(device, {.seconds = 1e-6, .repeats = 1, .copied = 100'000, .steps = 3});
  check(found.float32_flops > 0 && found.copy_bytes > 0, "no ceilings");
  check(found.flops(Precision::float32) == found.float32_flops, "float32");
  const bool has_tensor_cores = device.kind() == DeviceKind::cuda;
  for (const Precision precision : {Precision::tf32, Precision::bfloat16}) {
    check((found.flops(precision) > 0) == has_tensor_cores,
          std::string(precision_name(precision)) + " on " + device.name());
  }
});

const Register runs("timing runs a body as often as it says", [] {
  int calls = 0;
  const Timing timing =
      time_runs(Device::cpu(1), {.seconds = 1e-3, .repeats = 4}, [&] { ++calls; });
  check(calls > 4, "too few runs for the time asked for");
  check(timing.min > 0 && timing.min <= timing.median && timing.median < 1e-3, "times");
});

const Register names("a device by its name", [] {
  check(Device::named("cpu", 3).threads() == 3, "threads");
  for (const char* name : {"", "gpu", "cuda:", "cuda:-1", "cuda:1x", "cpu:0"}) {
    expect_error(ErrorCode::invalid_argument, std::string("not '") + name + "'",
                 [&] { Device::named(name); });
  }
});

}  // namespace
}  // namespace trialforge::testing
