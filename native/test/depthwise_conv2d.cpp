#include "trialforge/depthwise_conv2d.h"

#include <limits>

#include "devices.h"
#include "gradient.h"
#include "reference/depthwise_conv2d.h"
#include "testing.h"

namespace trialforge::testing {
namespace {

struct Case {
  const char* name;
  DepthwiseConv2dShape shape;
};

constexpr Padding same = Padding::same;
constexpr int largest = std::numeric_limits<int>::max();

// clang-format off
const Case cases[] = {
    {"1x1", {.batch = 2, .in_height = 3, .in_width = 2, .in_channels = 5}},
    {"3x3 same", {.batch = 2, .in_height = 9, .in_width = 11, .in_channels = 32, .kernel_height = 3, .kernel_width = 3, .padding = same}},
    {"3x3 same, stride 2", {.batch = 2, .in_height = 10, .in_width = 11, .in_channels = 17, .kernel_height = 3, .kernel_width = 3, .stride_height = 2, .stride_width = 2, .padding = same}},
    {"3x3 valid, many images", {.batch = 40, .in_height = 14, .in_width = 14, .in_channels = 64, .kernel_height = 3, .kernel_width = 3}},
    {"5x2 valid, uneven strides", {.batch = 2, .in_height = 12, .in_width = 9, .in_channels = 3, .kernel_height = 5, .kernel_width = 2, .stride_height = 1, .stride_width = 3}},
    {"a multiplier", {.batch = 2, .in_height = 8, .in_width = 9, .in_channels = 5, .kernel_height = 3, .kernel_width = 3, .multiplier = 3, .padding = same}},
    {"a multiplier, one channel, stride", {.batch = 3, .in_height = 8, .in_width = 9, .in_channels = 1, .kernel_height = 3, .kernel_width = 4, .multiplier = 20, .stride_height = 2, .stride_width = 3, .padding = same}},
    {"dilated", {.batch = 1, .in_height = 13, .in_width = 17, .in_channels = 9, .kernel_height = 3, .kernel_width = 3, .dilation_height = 3, .dilation_width = 2, .padding = same}},
    {"dilated, with strides and a multiplier", {.batch = 2, .in_height = 13, .in_width = 17, .in_channels = 4, .kernel_height = 3, .kernel_width = 3, .multiplier = 2, .stride_height = 3, .stride_width = 2, .dilation_height = 2, .dilation_width = 4}},
    {"stride above the kernel", {.batch = 1, .in_height = 9, .in_width = 9, .in_channels = 2, .kernel_height = 2, .kernel_width = 2, .stride_height = 4, .stride_width = 5}},
    {"window above the image", {.batch = 1, .in_height = 2, .in_width = 3, .in_channels = 2, .kernel_height = 5, .kernel_width = 6, .padding = same}},
    {"the largest strides", {.batch = 2, .in_height = 3, .in_width = 4, .in_channels = 2, .kernel_height = 2, .kernel_width = 3, .stride_height = largest, .stride_width = largest, .padding = same}},
    {"the largest dilations", {.batch = 1, .in_height = 3, .in_width = 4, .in_channels = 2, .kernel_height = 2, .kernel_width = 2, .dilation_height = 1 << 29, .dilation_width = 1 << 29, .padding = same}},
    {"no image", {.batch = 0, .in_height = 4, .in_width = 4, .in_channels = 2, .kernel_height = 2, .kernel_width = 2}},
};
// clang-format on

void agrees_with_reference(const Device& device, const DepthwiseConv2dShape& s) {
  const std::vector<float> x = random_floats(s.x_size(), 1), w = random_floats(s.w_size(), 2),
                           dy = random_floats(s.y_size(), 3);
  const DeviceArray<float> x_device(device, x), w_device(device, w), dy_device(device, dy),
      y_device(device, s.y_size()), dx_device(device, s.x_size()), dw_device(device, s.w_size());
  std::vector<double> y(s.y_size()), dx(s.x_size()), dw(s.w_size());
  depthwise_conv2d_forward(device, s, x_device.span(), w_device.span(), y_device.span());
  reference::depthwise_conv2d_forward(s, to_double(x), to_double(w), y);
  expect_close("y", y_device.host(), y, 1e-5, 1e-5);
  depthwise_conv2d_backward_input(device, s, dy_device.span(), w_device.span(), dx_device.span());
  reference::depthwise_conv2d_backward_input(s, to_double(dy), to_double(w), dx);
  expect_close("dx", dx_device.host(), dx, 1e-5, 1e-5);
  depthwise_conv2d_backward_filter(device, s, x_device.span(), dy_device.span(), dw_device.span());
  reference::depthwise_conv2d_backward_filter(s, to_double(x), to_double(dy), dw);
  expect_close("dw", dw_device.host(), dw, 1e-4, 1e-5);
}

void reference_gradients(const DepthwiseConv2dShape& s) {
  if (s.x_size() > 3000) return;
  std::vector<double> x = to_double(random_floats(s.x_size(), 1)),
                      w = to_double(random_floats(s.w_size(), 2));
  const std::vector<double> dy = to_double(random_floats(s.y_size(), 3));
  std::vector<double> y(s.y_size()), dx(s.x_size()), dw(s.w_size());
  const auto objective = [&] {
    reference::depthwise_conv2d_forward(s, x, w, y);
    return dot(y, dy);
  };
  reference::depthwise_conv2d_backward_input(s, dy, w, dx);
  expect_close("dx", dx, slopes(objective, x), 1e-7, 1e-7);
  reference::depthwise_conv2d_backward_filter(s, x, dy, dw);
  expect_close("dw", dw, slopes(objective, w), 1e-7, 1e-7);
}

const bool registered = [] {
  for (const Case& c : cases) {
    const std::string name = std::string("depthwise_conv2d ") + c.name;
    RegisterOnDevices(name + " agrees with the reference",
                      [&c](const Device& device) { agrees_with_reference(device, c.shape); });
    Register(name + ": the reference's gradients are the slopes",
             [&c] { reference_gradients(c.shape); });
  }
  return true;
}();

const Register threads("depthwise_conv2d does not depend on the number of threads", [] {
  const Device one = Device::cpu(1), three = Device::cpu(3);
  for (const Case& c : cases) {
    const DepthwiseConv2dShape& s = c.shape;
    const std::vector<float> x = random_floats(s.x_size(), 1), dy = random_floats(s.y_size(), 3);
    std::vector<float> a(s.w_size()), b(s.w_size());
    depthwise_conv2d_backward_filter(one, s, x, dy, a);
    depthwise_conv2d_backward_filter(three, s, x, dy, b);
    check(a == b, std::string("dw of ") + c.name);
  }
});

const Register refuses("depthwise_conv2d refuses shapes that do not fit", [] {
  const auto refused = [](const char* part, const DepthwiseConv2dShape& s) {
    expect_error(ErrorCode::invalid_argument, part, [&] { s.validate(); });
  };
  refused("a window of height 3 does not fit", {.in_height = 2, .kernel_height = 3});
  refused("multiplier must be 1 or more, not 0", {.multiplier = 0});
  refused("dilation_width must be 1 or more, not -1", {.dilation_width = -1});
  refused("2^31", {.in_channels = 1 << 16, .multiplier = 1 << 15});
  refused("2^31", {.in_height = 1 << 16, .in_width = 1 << 15});
  const Device& device = test_device(DeviceKind::cpu);
  std::vector<float> one(1), two(2), other(1);
  expect_error(ErrorCode::invalid_argument, "w must have 1 elements, not 2",
               [&] { depthwise_conv2d_forward(device, {}, one, two, other); });
  expect_error(ErrorCode::invalid_argument, "dx must have 1 elements, not 2",
               [&] { depthwise_conv2d_backward_input(device, {}, one, other, two); });
  expect_error(ErrorCode::invalid_argument, "the same memory",
               [&] { depthwise_conv2d_backward_filter(device, {}, one, other, one); });
});

}  // namespace
}  // namespace trialforge::testing
