#include "trialforge/dropout.h"

#include <cmath>

#include "devices.h"
#include "reference/dropout.h"
#include "testing.h"

namespace trialforge::testing {
namespace {

const RegisterOnDevices agrees("dropout agrees with the reference", [](const Device& device) {
  for (const std::size_t n : {0, 1, 3, 5, 2047, 2049, 10001}) {
    for (const float rate : {0.0f, 0.3f, 0.999f}) {
      const DropoutMask mask{.rate = rate, .seed = 77, .step = n};
      const std::vector<float> x = random_floats(n, 1);
      const DeviceArray<float> x_device(device, x), y_device(device, n);
      dropout(device, mask, x_device.span(), y_device.span());
      std::vector<double> y(n);
      reference::dropout(mask, to_double(x), y);
      expect_close("dropout", y_device.host(), y, 1e-6, 1e-6);
      dropout(device, mask, x_device.span(), x_device.span());
      check(x_device.host() == y_device.host(), "in place differs");
    }
  }
});

const RegisterOnDevices frequency(
    "dropout drops its share, and masks of other steps differ", [](const Device& device) {
      constexpr std::size_t n = 100000;
      const DeviceArray<float> x(device, std::vector<float>(n, 1)), y(device, n);
      std::vector<float> previous;
      for (const std::uint64_t step : {0, 1, 256}) {
        dropout(device, {.rate = 0.3f, .seed = 1, .step = step}, x.span(), y.span());
        const std::vector<float> kept = y.host();
        double dropped = 0;
        for (const float v : kept) dropped += v == 0;
        const double deviations = (dropped / n - 0.3) / std::sqrt(0.3 * 0.7 / n);
        check(std::abs(deviations) < 4, "dropped " + std::to_string(dropped) + " of 100000");
        check(kept != previous, "two steps have one mask");
        previous = kept;
      }
    });

const Register refuses("dropout refuses rates outside [0, 1)", [] {
  const Device& device = test_device(DeviceKind::cpu);
  for (const float rate : {-0.1f, 1.0f, NAN, INFINITY}) {
    expect_error(ErrorCode::invalid_argument, "rate must be in [0, 1)",
                 [&] { dropout(device, {.rate = rate}, {}, {}); });
  }
});

}  // namespace
}  // namespace trialforge::testing
