#include "trialforge/pool2d.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "cuda/backend.h"
#include "devices.h"
#include "gradient.h"
#include "reference/activation.h"
#include "reference/pool2d.h"
#include "testing.h"

namespace trialforge::testing {
namespace {

struct Case {
  const char* name;
  Pool2dShape shape;
};

constexpr Padding same = Padding::same;
constexpr int largest = std::numeric_limits<int>::max();

// clang-format off
const Case cases[] = {
    {"1x1", {.batch = 2, .in_height = 3, .in_width = 2, .channels = 5}},
    {"the paper's", {.batch = 2, .in_height = 24, .in_width = 24, .channels = 64, .pool_height = 2, .pool_width = 2, .stride_height = 2, .stride_width = 2}},
    {"3x3, stride 3, one pixel left over", {.batch = 2, .in_height = 10, .in_width = 11, .channels = 17, .pool_height = 3, .pool_width = 3, .stride_height = 3, .stride_width = 3}},
    {"overlapping", {.batch = 3, .in_height = 7, .in_width = 8, .channels = 3, .pool_height = 3, .pool_width = 2}},
    {"stride above the window", {.batch = 1, .in_height = 9, .in_width = 9, .channels = 1, .pool_height = 2, .pool_width = 2, .stride_height = 4, .stride_width = 3}},
    {"same padding", {.batch = 2, .in_height = 7, .in_width = 5, .channels = 33, .pool_height = 3, .pool_width = 3, .stride_height = 2, .stride_width = 2, .padding = same}},
    {"same padding, window above the image", {.batch = 1, .in_height = 2, .in_width = 3, .channels = 2, .pool_height = 5, .pool_width = 4, .padding = same}},
    {"the largest stride, same padding", {.batch = 2, .in_height = 3, .in_width = 4, .channels = 2, .pool_height = 2, .pool_width = 3, .stride_height = largest, .stride_width = largest, .padding = same}},
    {"no image", {.batch = 0, .in_height = 4, .in_width = 4, .channels = 2, .pool_height = 2, .pool_width = 2}},
};
// clang-format on

void agrees_with_reference(const Device& device, const Pool2dShape& s) {
  const std::vector<float> x = random_floats(s.x_size(), 1), dy = random_floats(s.y_size(), 2);
  const DeviceArray<float> x_device(device, x), dy_device(device, dy), y_device(device, s.y_size()),
      dx_device(device, s.x_size());
  const DeviceArray<std::int32_t> argmax_device(device, s.y_size());
  std::vector<double> y(s.y_size()), dx(s.x_size());
  std::vector<std::int32_t> argmax(s.y_size());

  max_pool2d_forward(device, s, x_device.span(), y_device.span(), argmax_device.span());
  reference::max_pool2d_forward(s, to_double(x), y, argmax);
  expect_close("max", y_device.host(), y, 0, 0);
  check(argmax_device.host() == argmax, "argmax differs");
  max_pool2d_backward(device, s, dy_device.span(), argmax_device.span(), dx_device.span());
  reference::max_pool2d_backward(s, to_double(dy), argmax, dx);
  expect_close("max backward", dx_device.host(), dx, 1e-6, 1e-6);
  max_pool2d_input_gradient(device, s, x_device.span(), dy_device.span(), dx_device.span());
  expect_close("max input gradient", dx_device.host(), dx, 1e-6, 1e-6);

  average_pool2d_forward(device, s, x_device.span(), y_device.span());
  reference::average_pool2d_forward(s, to_double(x), y);
  expect_close("average", y_device.host(), y, 1e-6, 1e-6);
  average_pool2d_backward(device, s, dy_device.span(), dx_device.span());
  reference::average_pool2d_backward(s, to_double(dy), dx);
  expect_close("average backward", dx_device.host(), dx, 1e-6, 1e-6);
}

void reference_gradient(const Pool2dShape& s) {
  if (s.x_size() > 3000) return;
  std::vector<double> x = to_double(random_floats(s.x_size(), 1));
  const std::vector<double> dy = to_double(random_floats(s.y_size(), 2));
  std::vector<double> y(s.y_size()), dx(s.x_size());
  std::vector<std::int32_t> argmax(s.y_size());
  reference::max_pool2d_forward(s, x, y, argmax);
  reference::max_pool2d_backward(s, dy, argmax, dx);
  const auto max_objective = [&] {
    std::vector<std::int32_t> at(s.y_size());
    reference::max_pool2d_forward(s, x, y, at);
    return dot(y, dy);
  };
  expect_close("max", dx, slopes(max_objective, x, 1e-7), 1e-6, 1e-6);
  reference::average_pool2d_backward(s, dy, dx);
  const auto average_objective = [&] {
    reference::average_pool2d_forward(s, x, y);
    return dot(y, dy);
  };
  expect_close("average", dx, slopes(average_objective, x), 1e-7, 1e-7);
}

const bool registered = [] {
  for (const Case& c : cases) {
    const std::string name = std::string("pool2d ") + c.name;
    RegisterOnDevices(name + " agrees with the reference",
                      [&c](const Device& device) { agrees_with_reference(device, c.shape); });
    Register(name + ": the reference's gradient is the slope",
             [&c] { reference_gradient(c.shape); });
  }
  return true;
}();

const RegisterOnDevices special(
    "max pooling of equal values, infinities and NaN", [](const Device& device) {
      constexpr float inf = std::numeric_limits<float>::infinity();
      const float nan = std::numeric_limits<float>::quiet_NaN();
      const Pool2dShape s{.in_height = 1, .in_width = 12, .pool_width = 3, .stride_width = 3};
      const DeviceArray<float> x(
          device, std::vector<float>{2, 2, 2, -inf, -inf, -inf, 1, nan, 3, nan, inf, nan});
      const DeviceArray<float> y(device, 4);
      const DeviceArray<std::int32_t> argmax(device, 4);
      max_pool2d_forward(device, s, x.span(), y.span(), argmax.span());
      check(y.host()[0] == 2 && y.host()[1] == -inf, "largest of equal values");
      check(std::isnan(y.host()[2]) && std::isnan(y.host()[3]), "NaN is lost");
      check(argmax.host() == std::vector<std::int32_t>({0, 3, 7, 9}), "argmax is not the first");

      Pool2dShape skipping = s;
      skipping.skip_nan = true;
      max_pool2d_forward(device, skipping, x.span(), y.span(), argmax.span());
      check(y.host() == std::vector<float>({2, -inf, 3, inf}), "NaN is not skipped");
      check(argmax.host() == std::vector<std::int32_t>({0, 3, 8, 10}), "argmax is a NaN");
    });

const RegisterOnDevices largest_window(
    "the largest window covers the image at every stride", [](const Device& device) {
      const std::vector<float> values = random_floats(3 * 5, 1);
      const DeviceArray<float> x(device, values);
      for (const int stride : {1, 2, largest}) {
        const Pool2dShape s{.in_height = 3,
                            .in_width = 5,
                            .pool_height = largest,
                            .pool_width = largest,
                            .stride_height = stride,
                            .stride_width = stride,
                            .padding = same};
        const DeviceArray<float> y(device, s.y_size());
        max_pool2d_forward(device, s, x.span(), y.span(), {});
        for (const float value : y.host()) {
          check(value == *std::max_element(values.begin(), values.end()), "not the largest value");
        }
        average_pool2d_forward(device, s, x.span(), y.span());
        const double mean = std::accumulate(values.begin(), values.end(), 0.0) / values.size();
        expect_close("average", y.host(), std::vector<double>(s.y_size(), mean), 1e-6, 0);
      }
    });

const RegisterOnDevices unaligned("pool2d of spans that begin anywhere", [](const Device& device) {
  const Pool2dShape s{.in_height = 5,
                      .in_width = 4,
                      .channels = 4,
                      .pool_height = 2,
                      .pool_width = 2,
                      .stride_height = 2,
                      .stride_width = 2};
  const std::vector<float> x = random_floats(s.x_size() + 1, 1);
  const DeviceArray<float> x_device(device, x), y_device(device, s.y_size()),
      dx_device(device, s.x_size() + 1);
  const DeviceArray<std::int32_t> argmax(device, s.y_size());
  max_pool2d_forward(device, s, x_device.span().subspan(1), y_device.span(), argmax.span());
  max_pool2d_backward(device, s, y_device.span(), argmax.span(), dx_device.span().subspan(1));
  std::vector<double> y(s.y_size()), dx(s.x_size() + 1);
  std::vector<std::int32_t> expected(s.y_size());
  reference::max_pool2d_forward(s, to_double(std::span(x).subspan(1)), y, expected);
  expect_close("y", y_device.host(), y, 0, 0);
  reference::max_pool2d_backward(s, y, expected, std::span(dx).subspan(1));
  expect_close("dx", dx_device.host(), dx, 0, 0);
});

/** As a network's plan calls it. */
void backward_through_activation(const Pool2dShape& s, Activation activation) {
  const Device& device = test_device(DeviceKind::cuda);
  const DeviceArray<float> x(device, random_floats(s.x_size(), 1)), y(device, s.y_size()),
      dy(device, random_floats(s.y_size(), 2)), dx(device, s.x_size());
  const DeviceArray<std::int32_t> argmax(device, s.y_size());
  activation_forward(device, activation, x.span(), x.span());
  max_pool2d_forward(device, s, x.span(), y.span(), argmax.span());
  cuda::max_pool2d_backward(cuda::queue_of(device), s, dy.span().data(), argmax.span().data(),
                            activation, y.span().data(), dx.span().data());
  std::vector<double> pooled(s.x_size()), expected(s.x_size());
  reference::max_pool2d_backward(s, to_double(dy.host()), argmax.host(), pooled);
  reference::activation_backward(activation, to_double(x.host()), pooled, expected);
  expect_close("dx", dx.host(), expected, 1e-6, 1e-5);
}

const Register through_activation("pool2d on cuda: the gradient goes through an activation", [] {
  for (const Activation activation : {Activation::relu, Activation::elu, Activation::sigmoid}) {
    backward_through_activation({.batch = 2,
                                 .in_height = 7,
                                 .in_width = 6,
                                 .channels = 8,
                                 .pool_height = 2,
                                 .pool_width = 2,
                                 .stride_height = 2,
                                 .stride_width = 2},
                                activation);
    backward_through_activation({.batch = 2,
                                 .in_height = 6,
                                 .in_width = 7,
                                 .channels = 3,
                                 .pool_height = 3,
                                 .pool_width = 2},
                                activation);
  }
});

const Register refuses("pool2d refuses shapes and positions that do not fit", [] {
  expect_error(ErrorCode::invalid_argument, "a window of height 3 does not fit",
               [] { Pool2dShape{.in_height = 2, .pool_height = 3}.validate(); });
  expect_error(ErrorCode::invalid_argument, "pool_width must be 1 or more, not -2",
               [] { Pool2dShape{.pool_width = -2}.validate(); });
  const Device& device = test_device(DeviceKind::cpu);
  const DeviceArray<float> one(device, 1);
  for (const std::int32_t position : {-1, 1}) {
    const DeviceArray<std::int32_t> argmax(device, std::vector<std::int32_t>{position});
    expect_error(ErrorCode::invalid_argument, "argmax holds " + std::to_string(position),
                 [&] { max_pool2d_backward(device, {}, one.span(), argmax.span(), one.span()); });
  }
});

}  // namespace
}  // namespace trialforge::testing
