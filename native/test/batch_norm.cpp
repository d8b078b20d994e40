#include "trialforge/batch_norm.h"

#include <cmath>

#include "devices.h"
#include "reference/batch_norm.h"
#include "testing.h"

namespace trialforge::testing {
namespace {

void agrees_with_reference(const Device& device, int pixels, int channels, bool scaled,
                           bool shifted) {
  const std::size_t n = static_cast<std::size_t>(pixels) * channels, c = channels;
  const std::vector<float> x = random_floats(n, 1), mean = random_floats(c, 2),
                           variance = random_floats(c, 3, 0.1f, 2),
                           scale = random_floats(scaled ? c : 0, 4),
                           offset = random_floats(shifted ? c : 0, 5);
  const DeviceArray<float> x_device(device, x), y_device(device, n), mean_device(device, mean),
      variance_device(device, variance), scale_device(device, scale), offset_device(device, offset);
  std::vector<double> y(n);
  reference::batch_norm_inference(pixels, channels, to_double(x), to_double(mean),
                                  to_double(variance), to_double(scale), to_double(offset), 1e-3f,
                                  y);
  const auto run = [&](std::span<float> to) {
    batch_norm_inference(device, pixels, channels, x_device.span(), mean_device.span(),
                         variance_device.span(), scale_device.span(), offset_device.span(), 1e-3f,
                         to);
  };
  run(y_device.span());
  expect_close("y", y_device.host(), y, 1e-6, 1e-6);
  run(x_device.span());
  expect_close("in place", x_device.host(), y, 1e-6, 1e-6);
}

const RegisterOnDevices agrees("batch_norm agrees with the reference", [](const Device& device) {
  for (const int channels : {1, 2, 3, 15, 16, 17, 32, 64, 65, 300, 1030}) {
    for (const int pixels : {0, 1, 2, 63, 64, 65, 1000}) {
      if (device.kind() == DeviceKind::cuda && pixels * channels > 70000) continue;
      agrees_with_reference(device, pixels, channels, true, true);
    }
    agrees_with_reference(device, 5, channels, false, true);
    agrees_with_reference(device, 5, channels, true, false);
    agrees_with_reference(device, 40000 / channels, channels, false, false);
  }
  agrees_with_reference(device, 70000, 1, true, true);
});

const RegisterOnDevices special("batch_norm of a variance below -epsilon is NaN",
                                [](const Device& device) {
                                  const DeviceArray<float> x(device, std::vector<float>{1, 2}),
                                      mean(device, 2), variance(device, std::vector<float>{-1, 1}),
                                      y(device, 2);
                                  batch_norm_inference(device, 1, 2, x.span(), mean.span(),
                                                       variance.span(), {}, {}, 0, y.span());
                                  check(std::isnan(y.host()[0]) && y.host()[1] == 2,
                                        "wrong channel");
                                });

const Register refuses("batch_norm refuses bad arguments", [] {
  const Device& device = test_device(DeviceKind::cpu);
  std::vector<float> six(6), three(3);
  const auto refused = [&](const char* part, int pixels, int channels, std::span<const float> mean,
                           std::span<const float> scale) {
    expect_error(ErrorCode::invalid_argument, part, [&] {
      batch_norm_inference(device, pixels, channels, six, mean, three, scale, {}, 0, six);
    });
  };
  refused("pixels must be 0 or more, not -2", -2, 3, three, {});
  refused("channels must be 1 or more, not 0", 2, 0, three, {});
  refused("x must have 9 elements, not 6", 3, 3, three, {});
  refused("mean must have 3 elements, not 6", 2, 3, six, {});
  refused("scale must have 3 elements, not 6", 2, 3, three, six);
  refused("2^31", 1 << 16, 1 << 15, three, {});
});

}  // namespace
}  // namespace trialforge::testing
