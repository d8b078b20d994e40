#include "trialforge/resize_bilinear.h"

#include <limits>

#include "devices.h"
#include "gradient.h"
#include "reference/resize_bilinear.h"
#include "testing.h"

namespace trialforge::testing {
namespace {

// clang-format off
constexpr ResizeShape sizes[] = {
    {.batch = 1, .in_height = 1, .in_width = 1, .channels = 1, .out_height = 1, .out_width = 1},
    {.batch = 2, .in_height = 1, .in_width = 1, .channels = 3, .out_height = 4, .out_width = 5},
    {.batch = 2, .in_height = 5, .in_width = 7, .channels = 3, .out_height = 5, .out_width = 7},
    {.batch = 2, .in_height = 4, .in_width = 6, .channels = 17, .out_height = 9, .out_width = 13},
    {.batch = 1, .in_height = 11, .in_width = 9, .channels = 32, .out_height = 4, .out_width = 2},
    {.batch = 3, .in_height = 8, .in_width = 3, .channels = 1, .out_height = 1, .out_width = 10},
    {.batch = 1, .in_height = 3, .in_width = 5, .channels = 2, .out_height = 100, .out_width = 1},
    {.batch = 1, .in_height = 60, .in_width = 50, .channels = 3, .out_height = 90, .out_width = 90},
    {.batch = 1, .in_height = 80, .in_width = 70, .channels = 3, .out_height = 30, .out_width = 99},
    {.batch = 0, .in_height = 4, .in_width = 4, .channels = 2, .out_height = 2, .out_width = 2},
};
// clang-format on

template <typename Body>
void each_shape(Body body) {
  for (ResizeShape s : sizes) {
    for (const int option : {0, 1, 2}) {
      s.align_corners = option == 1;
      s.half_pixel_centers = option == 2;
      body(s);
    }
  }
}

const RegisterOnDevices agrees(
    "resize_bilinear agrees with the reference", [](const Device& device) {
      each_shape([&](const ResizeShape& s) {
        const std::vector<float> x = random_floats(s.x_size(), 1),
                                 dy = random_floats(s.y_size(), 2);
        const DeviceArray<float> x_device(device, x), dy_device(device, dy),
            y_device(device, s.y_size()), dx_device(device, s.x_size());
        std::vector<double> y(s.y_size()), dx(s.x_size());
        resize_bilinear_forward(device, s, x_device.span(), y_device.span());
        reference::resize_bilinear_forward(s, to_double(x), y);
        expect_close("y", y_device.host(), y, 1e-6, 1e-6);
        resize_bilinear_backward(device, s, dy_device.span(), dx_device.span());
        reference::resize_bilinear_backward(s, to_double(dy), dx);
        expect_close("dx", dx_device.host(), dx, 1e-5, 1e-6);
      });
    });

const Register slope("resize_bilinear: the reference's gradient is the slope", [] {
  each_shape([](const ResizeShape& s) {
    if (s.x_size() * s.y_size() > 1000000) return;
    std::vector<double> x = to_double(random_floats(s.x_size(), 1));
    const std::vector<double> dy = to_double(random_floats(s.y_size(), 2));
    std::vector<double> y(s.y_size()), dx(s.x_size());
    reference::resize_bilinear_backward(s, dy, dx);
    const auto objective = [&] {
      reference::resize_bilinear_forward(s, x, y);
      return dot(y, dy);
    };
    expect_close("dx", dx, slopes(objective, x), 1e-7, 1e-7);
  });
});

const RegisterOnDevices known("resize_bilinear gives TensorFlow's values", [](const Device&
                                                                                  device) {
  const DeviceArray<float> x(device, std::vector<float>{0, 1, 2}), y(device, 6);
  const auto run = [&](bool align_corners, bool half_pixel_centers) {
    resize_bilinear_forward(device,
                            {.in_width = 3,
                             .out_width = 6,
                             .align_corners = align_corners,
                             .half_pixel_centers = half_pixel_centers},
                            x.span(), y.span());
    return y.host();
  };
  expect_close("plain", run(false, false), std::vector<double>{0, 0.5, 1, 1.5, 2, 2}, 1e-6, 0);
  expect_close("corners", run(true, false), std::vector<double>{0, 0.4, 0.8, 1.2, 1.6, 2}, 1e-6, 0);
  expect_close("centers", run(false, true), std::vector<double>{0, 0.25, 0.75, 1.25, 1.75, 2}, 1e-6,
               0);
});

const RegisterOnDevices exact(
    "resize_bilinear gives a pixel that it hits as it is", [](const Device& device) {
      const float infinity = std::numeric_limits<float>::infinity();
      const DeviceArray<float> x(device, std::vector<float>{infinity, 1}), y(device, 6);
      resize_bilinear_forward(device, {.in_width = 2, .out_width = 6, .half_pixel_centers = true},
                              x.span(), y.span());
      check(y.host()[4] == 1, "it is " + std::to_string(y.host()[4]));
    });

const Register refuses("resize_bilinear refuses bad arguments", [] {
  const auto refused = [](const char* part, const ResizeShape& s) {
    expect_error(ErrorCode::invalid_argument, part, [&] { s.validate(); });
  };
  refused("batch must be 0 or more, not -1", {.batch = -1});
  refused("out_width must be 1 or more, not 0", {.out_width = 0});
  refused("exclude each other", {.align_corners = true, .half_pixel_centers = true});
  refused("2^31", {.out_height = 1 << 16, .out_width = 1 << 15});
  refused("2^31", {.batch = 0, .out_height = std::numeric_limits<int>::max(), .out_width = 2});
  const Device& device = test_device(DeviceKind::cpu);
  std::vector<float> one(1), four(4);
  expect_error(ErrorCode::invalid_argument, "y must have 4 elements, not 1", [&] {
    resize_bilinear_forward(device, {.out_height = 2, .out_width = 2}, one, one);
  });
  expect_error(ErrorCode::invalid_argument, "dx must have 1 elements, not 4", [&] {
    resize_bilinear_backward(device, {.out_height = 2, .out_width = 2}, four, four);
  });
});

}  // namespace
}  // namespace trialforge::testing
