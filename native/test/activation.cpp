#include "trialforge/activation.h"

#include <bit>
#include <cmath>
#include <limits>

#include "devices.h"
#include "reference/activation.h"
#include "testing.h"

namespace trialforge::testing {
namespace {

constexpr Activation all[] = {Activation::linear, Activation::relu,    Activation::elu,
                              Activation::tanh,   Activation::sigmoid, Activation::softplus};
constexpr std::size_t sizes[] = {0, 1, 3, 4, 31, 33, 257, 4097, 70001};
constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

std::vector<double> reference_forward(Activation activation, std::span<const float> x) {
  const std::vector<double> input = to_double(x);
  std::vector<double> y(x.size());
  reference::activation_forward(activation, input, y);
  return y;
}

std::vector<double> reference_backward(Activation activation, std::span<const float> y,
                                       std::span<const float> dy) {
  std::vector<double> dx(y.size());
  reference::activation_backward(activation, to_double(y), to_double(dy), dx);
  return dx;
}

void agrees_with_reference(const Device& device, Activation activation) {
  for (const std::size_t n : sizes) {
    const std::string what = activation_name(activation) + (" of " + std::to_string(n));
    const std::vector<float> x = random_floats(n, n, -6, 6), dy = random_floats(n, n + 1);
    const DeviceArray<float> x_device(device, x), dy_device(device, dy);
    const DeviceArray<float> y_device(device, n), dx_device(device, n);
    activation_forward(device, activation, x_device.span(), y_device.span());
    const std::vector<float> y = y_device.host();
    expect_close(what, y, reference_forward(activation, x), 1e-6, 1e-6);
    activation_backward(device, activation, y_device.span(), dy_device.span(), dx_device.span());
    expect_close(what + ", backward", dx_device.host(), reference_backward(activation, y, dy), 1e-6,
                 1e-6);

    // In place, and from an address that no vector load can take.
    activation_forward(device, activation, x_device.span(), x_device.span());
    check(x_device.host() == y, what + ": in place differs");
    if (n > 1) {
      const auto [tail, dy_tail] =
          std::pair(y_device.span().subspan(1), dy_device.span().subspan(1));
      activation_backward(device, activation, tail, dy_tail, dy_tail);
      std::vector<float> expected = dx_device.host();
      expected[0] = dy[0];
      check(dy_device.host() == expected, what + ", backward: in place and unaligned differs");
    }
  }
}

void handles_extremes(const Device& device, Activation activation) {
  const std::vector<float> x = {0.0f, -0.0f, 1e4f,   -1e4f, 88,   -88,
                                104,  -104,  1e-30f, inf,   -inf, nan};
  const DeviceArray<float> x_device(device, x), y_device(device, x.size());
  activation_forward(device, activation, x_device.span(), y_device.span());
  const std::vector<float> y = y_device.host();
  expect_close(activation_name(activation), y, reference_forward(activation, x), 1e-6, 1e-6);
  check(std::isnan(y.back()), "NaN is lost");
  const std::vector<float> dy(x.size(), 2.0f);
  const DeviceArray<float> dy_device(device, dy), dx_device(device, x.size());
  activation_backward(device, activation, y_device.span(), dy_device.span(), dx_device.span());
  expect_close("backward", dx_device.host(), reference_backward(activation, y, dy), 1e-6, 1e-6);
}

/** To a few units in the last place, over all floats whose results are normal numbers. */
void is_exact_everywhere(Activation activation) {
  std::vector<float> x;
  for (std::uint64_t bits = 0; bits < std::uint64_t{1} << 32; bits += 9973) {
    x.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  }
  std::vector<float> y(x.size());
  activation_forward(test_device(DeviceKind::cpu), activation, x, y);
  expect_close(activation_name(activation), y, reference_forward(activation, x),
               std::numeric_limits<float>::min(), 4 * std::numeric_limits<float>::epsilon());
}

void gradient_is_the_slope(const Device& device, Activation activation) {
  constexpr double step = 1e-5;
  // Away from the kink of relu, where there is no slope.
  std::vector<float> x = random_floats(101, 7, 0.01f, 4);
  for (std::size_t i = 0; i < x.size(); i += 2) x[i] = -x[i];
  std::vector<double> slope(x.size()), low(x.size()), high(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) low[i] = x[i] - step, high[i] = x[i] + step;
  std::vector<double> y_low(x.size()), y_high(x.size());
  reference::activation_forward(activation, low, y_low);
  reference::activation_forward(activation, high, y_high);
  for (std::size_t i = 0; i < x.size(); ++i) slope[i] = (y_high[i] - y_low[i]) / (2 * step);

  std::vector<double> y(x.size()), dx(x.size());
  const std::vector<double> ones(x.size(), 1.0);
  reference::activation_forward(activation, to_double(x), y);
  reference::activation_backward(activation, y, ones, dx);
  expect_close("reference", dx, slope, 1e-9, 1e-9);

  const DeviceArray<float> x_device(device, x), dy_device(device, std::vector<float>(x.size(), 1));
  activation_forward(device, activation, x_device.span(), x_device.span());
  activation_backward(device, activation, x_device.span(), dy_device.span(), dy_device.span());
  expect_close("device", dy_device.host(), slope, 1e-6, 1e-5);
}

const bool registered = [] {
  for (const Activation activation : all) {
    const std::string name = activation_name(activation);
    const auto add = [&](const std::string& what, void (*body)(const Device&, Activation)) {
      RegisterOnDevices("activation " + name + " " + what,
                        [body, activation](const Device& device) { body(device, activation); });
    };
    add("agrees with the reference", agrees_with_reference);
    add("handles extremes", handles_extremes);
    add("has the slope as its gradient", gradient_is_the_slope);
    Register("activation " + name + " is exact over all floats",
             [activation] { is_exact_everywhere(activation); });
  }
  return true;
}();

const Register names("activation names", [] {
  for (const Activation activation : all) {
    check(activation_from_name(activation_name(activation)) == activation,
          std::string("the name ") + activation_name(activation) + " is not read back");
  }
  expect_error(ErrorCode::invalid_argument, "'swish'", [] { activation_from_name("swish"); });
  expect_error(ErrorCode::invalid_argument, "''", [] { activation_from_name(""); });
});

const RegisterOnDevices sizes_differ(
    "activation refuses sizes that differ", [](const Device& device) {
      const DeviceArray<float> four(device, 4), three(device, 3);
      expect_error(ErrorCode::invalid_argument, "y must have 4 elements, not 3", [&] {
        activation_forward(device, Activation::relu, four.span(), three.span());
      });
      expect_error(ErrorCode::invalid_argument, "dy must have 4 elements, not 3", [&] {
        activation_backward(device, Activation::relu, four.span(), three.span(), four.span());
      });
      expect_error(ErrorCode::invalid_argument, "dx must have 4 elements, not 3", [&] {
        activation_backward(device, Activation::relu, four.span(), four.span(), three.span());
      });
    });

}  // namespace
}  // namespace trialforge::testing
