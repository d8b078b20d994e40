#include "trialforge/conv2d.h"

#include <cmath>
#include <limits>

#include "devices.h"
#include "gradient.h"
#include "precisions.h"
#include "reference/activation.h"
#include "reference/conv2d.h"
#include "testing.h"

namespace trialforge::testing {
namespace {

struct Case {
  const char* name;
  Conv2dShape shape;
};

constexpr Padding same = Padding::same;
constexpr int largest = std::numeric_limits<int>::max();

// clang-format off
const Case cases[] = {
    {"1x1 image", {.batch = 1, .in_channels = 1, .out_channels = 1}},
    {"1x1 kernel", {.batch = 3, .in_height = 5, .in_width = 4, .in_channels = 17, .out_channels = 33}},
    {"the paper's first layer", {.batch = 2, .in_height = 28, .in_width = 28, .kernel_height = 3, .kernel_width = 3, .out_channels = 32}},
    {"the paper's second layer", {.batch = 2, .in_height = 26, .in_width = 26, .in_channels = 32, .kernel_height = 3, .kernel_width = 3, .out_channels = 64}},
    {"5x5, stride 2", {.batch = 2, .in_height = 13, .in_width = 15, .in_channels = 8, .kernel_height = 5, .kernel_width = 5, .out_channels = 24, .stride_height = 2, .stride_width = 2}},
    {"same padding", {.batch = 3, .in_height = 7, .in_width = 9, .in_channels = 5, .kernel_height = 3, .kernel_width = 3, .out_channels = 7, .padding = same}},
    {"same padding, even kernel", {.batch = 2, .in_height = 6, .in_width = 5, .in_channels = 3, .kernel_height = 4, .kernel_width = 2, .out_channels = 31, .padding = same}},
    {"same padding, stride 2", {.batch = 2, .in_height = 9, .in_width = 8, .in_channels = 3, .kernel_height = 3, .kernel_width = 3, .out_channels = 10, .stride_height = 2, .stride_width = 2, .padding = same}},
    {"same padding, stride above kernel", {.batch = 1, .in_height = 10, .in_width = 10, .in_channels = 2, .kernel_height = 2, .kernel_width = 2, .out_channels = 3, .stride_height = 3, .stride_width = 4, .padding = same}},
    {"stride above kernel", {.batch = 2, .in_height = 11, .in_width = 12, .in_channels = 3, .kernel_height = 1, .kernel_width = 2, .out_channels = 5, .stride_height = 3, .stride_width = 4}},
    {"rectangular, strides differ", {.batch = 2, .in_height = 8, .in_width = 20, .in_channels = 3, .kernel_height = 2, .kernel_width = 5, .out_channels = 18, .stride_height = 1, .stride_width = 3}},
    {"dilation", {.batch = 2, .in_height = 12, .in_width = 11, .in_channels = 4, .kernel_height = 3, .kernel_width = 3, .out_channels = 9, .dilation_height = 2, .dilation_width = 3}},
    {"dilation, stride, same padding", {.batch = 2, .in_height = 12, .in_width = 11, .in_channels = 4, .kernel_height = 3, .kernel_width = 2, .out_channels = 9, .stride_height = 2, .stride_width = 1, .dilation_height = 1, .dilation_width = 3, .padding = same}},
    {"kernel as large as the image", {.batch = 2, .in_height = 6, .in_width = 7, .in_channels = 3, .kernel_height = 6, .kernel_width = 7, .out_channels = 70}},
    {"kernel larger than the image, same padding", {.batch = 1, .in_height = 2, .in_width = 3, .in_channels = 2, .kernel_height = 5, .kernel_width = 7, .out_channels = 3, .padding = same}},
    {"the largest stride, same padding", {.batch = 2, .in_height = 3, .in_width = 4, .in_channels = 2, .kernel_height = 2, .kernel_width = 3, .out_channels = 3, .stride_height = largest, .stride_width = largest, .padding = same}},
    {"3x3 in tiles that do not fit", {.batch = 3, .in_height = 11, .in_width = 15, .in_channels = 20, .kernel_height = 3, .kernel_width = 3, .out_channels = 37}},
    {"3x3 in tiles, same padding", {.batch = 9, .in_height = 8, .in_width = 7, .in_channels = 17, .kernel_height = 3, .kernel_width = 3, .out_channels = 70, .padding = same}},
    {"3x3 in tiles, more images than groups", {.batch = 37, .in_height = 6, .in_width = 6, .in_channels = 8, .kernel_height = 3, .kernel_width = 3, .out_channels = 8}},
    {"3x3 in tiles, one large image", {.batch = 1, .in_height = 50, .in_width = 45, .in_channels = 16, .kernel_height = 3, .kernel_width = 3, .out_channels = 24}},
    {"3x3 in tiles, many channels", {.batch = 2, .in_height = 14, .in_width = 14, .in_channels = 256, .kernel_height = 3, .kernel_width = 3, .out_channels = 96, .padding = same}},
    {"5x5 in tiles", {.batch = 2, .in_height = 26, .in_width = 26, .in_channels = 32, .kernel_height = 5, .kernel_width = 5, .out_channels = 64}},
    {"5x5 in tiles, same padding", {.batch = 10, .in_height = 9, .in_width = 7, .in_channels = 12, .kernel_height = 5, .kernel_width = 5, .out_channels = 33, .padding = same}},
    {"17 images", {.batch = 17, .in_height = 5, .in_width = 6, .in_channels = 3, .kernel_height = 2, .kernel_width = 2, .out_channels = 4}},
    {"no image", {.batch = 0, .in_height = 5, .in_width = 6, .in_channels = 3, .kernel_height = 2, .kernel_width = 2, .out_channels = 4}},
};
// clang-format on

/** Of a sum of `terms` products of numbers up to 1, in float and by transforms of tiles. */
double tolerance(double terms) { return 5e-6 * std::sqrt(terms + 1); }

void agrees_with_reference(const Device& device, const Conv2dShape& s) {
  const double taps = static_cast<double>(s.kernel_height) * s.kernel_width;
  const double pixels = static_cast<double>(s.batch) * s.out_height() * s.out_width();
  const std::vector<float> x = random_floats(s.x_size(), 1), w = random_floats(s.w_size(), 2);
  const std::vector<float> bias = random_floats(s.out_channels, 3);
  const std::vector<float> dy = random_floats(s.y_size(), 4);
  const DeviceArray<float> dx(device, x), dw(device, w), db(device, bias), ddy(device, dy);
  const std::vector<double> xr = to_double(x), wr = to_double(w), br = to_double(bias),
                            dyr = to_double(dy);
  std::vector<double> y(s.y_size()), activated(s.y_size());

  const double multiplications = pixels * taps * s.in_channels * s.out_channels;
  for (const Precision precision : precisions_of(device, multiplications)) {
    // Without a bias, and with other activations, only once: neither knows of the other.
    const bool in_every_way = device.kind() == DeviceKind::cpu ||
                              (precision == Precision::float32 && multiplications < many);
    const auto expect = [&](const char* what, const DeviceArray<float>& actual,
                            const std::vector<double>& expected, double terms) {
      expect_close(std::string(what) + ", " + precision_name(precision), actual.host(), expected,
                   tolerance(terms) + rounding_of(precision, terms), 1e-5);
    };
    for (const bool with_bias : {true, false}) {
      for (const Activation activation : {Activation::linear, Activation::relu, Activation::tanh}) {
        if (!in_every_way && (!with_bias || activation != Activation::relu)) continue;
        const DeviceArray<float> out(device, s.y_size());
        conv2d_forward(device, s, dx.span(), dw.span(), with_bias ? db.span() : std::span<float>{},
                       activation, out.span(), precision);
        reference::conv2d_forward(
            s, xr, wr, with_bias ? std::span<const double>(br) : std::span<const double>{}, y);
        reference::activation_forward(activation, y, activated);
        expect("forward", out, activated, taps * s.in_channels);
      }
    }
    {
      const DeviceArray<float> out(device, s.x_size());
      std::vector<double> expected(s.x_size());
      conv2d_backward_input(device, s, ddy.span(), dw.span(), out.span(), precision);
      reference::conv2d_backward_input(s, dyr, wr, expected);
      expect("backward input", out, expected, taps * s.out_channels);
    }
    for (const bool with_bias : {true, false}) {
      if (!in_every_way && !with_bias) continue;
      const DeviceArray<float> out(device, s.w_size()), out_bias(device, s.out_channels);
      std::vector<double> expected(s.w_size()), expected_bias(s.out_channels);
      conv2d_backward_filter(device, s, dx.span(), ddy.span(), out.span(),
                             with_bias ? out_bias.span() : std::span<float>{}, precision);
      reference::conv2d_backward_filter(s, xr, dyr, expected, expected_bias);
      expect("backward filter", out, expected, pixels);
      if (with_bias) {
        expect_close("backward bias", out_bias.host(), expected_bias, tolerance(pixels), 1e-5);
      }
    }
  }
}

/** The reference's gradients are the slopes of sum(y * dy). */
void reference_gradient(const Conv2dShape& s) {
  if (s.x_size() + s.w_size() > 3000) return;
  std::vector<double> x = to_double(random_floats(s.x_size(), 1));
  std::vector<double> w = to_double(random_floats(s.w_size(), 2));
  std::vector<double> bias = to_double(random_floats(s.out_channels, 3));
  const std::vector<double> dy = to_double(random_floats(s.y_size(), 4));
  const auto objective = [&] {
    std::vector<double> y(s.y_size());
    reference::conv2d_forward(s, x, w, bias, y);
    return dot(y, dy);
  };
  std::vector<double> dx(s.x_size()), dw(s.w_size()), dbias(s.out_channels);
  reference::conv2d_backward_input(s, dy, w, dx);
  reference::conv2d_backward_filter(s, x, dy, dw, dbias);
  expect_close("dx", dx, slopes(objective, x), 1e-7, 1e-7);
  expect_close("dw", dw, slopes(objective, w), 1e-7, 1e-7);
  expect_close("dbias", dbias, slopes(objective, bias), 1e-7, 1e-7);
}

const bool registered = [] {
  for (const Case& c : cases) {
    const std::string name = std::string("conv2d ") + c.name;
    RegisterOnDevices(name + " agrees with the reference",
                      [&c](const Device& device) { agrees_with_reference(device, c.shape); });
    Register(name + ": the reference's gradient is the slope",
             [&c] { reference_gradient(c.shape); });
  }
  return true;
}();

const Register refuses("conv2d refuses shapes and sizes that do not fit", [] {
  const auto refused = [](const char* part, Conv2dShape shape) {
    expect_error(ErrorCode::invalid_argument, part, [&] { shape.validate(); });
  };
  refused("out_channels must be 1 or more, not 0", {.out_channels = 0});
  refused("stride_height must be 1 or more, not 0", {.stride_height = 0});
  refused("dilation_width", {.dilation_width = -1});
  refused("batch", {.batch = -1});
  refused("a window of height 3 does not fit an input of height 2",
          {.in_height = 2, .in_width = 9, .kernel_height = 3});
  refused("a window of width 7 does not fit",
          {.in_width = 6, .kernel_width = 4, .dilation_width = 2});
  refused("2^31", {.batch = 70000, .in_height = 200, .in_width = 200});
  refused("a padded image would have 2^31",
          {.in_height = 1 << 30, .kernel_height = (1 << 30) + 1, .padding = same});
  const Device& device = test_device(DeviceKind::cpu);
  const DeviceArray<float> four(device, 4), five(device, 5);
  const Conv2dShape shape{.in_height = 2, .in_width = 2};
  expect_error(ErrorCode::invalid_argument, "x must have 4 elements, not 5", [&] {
    conv2d_forward(device, shape, five.span(), four.span().first(1), {}, Activation::linear,
                   four.span());
  });
  expect_error(ErrorCode::invalid_argument, "bias must have 1 elements, not 4", [&] {
    conv2d_forward(device, shape, four.span(), four.span().first(1), four.span(),
                   Activation::linear, four.span());
  });
});

}  // namespace
}  // namespace trialforge::testing
