#include "trialforge/dense.h"

#include <algorithm>

#include "devices.h"
#include "gradient.h"
#include "precisions.h"
#include "reference/activation.h"
#include "reference/dense.h"
#include "testing.h"

namespace trialforge::testing {
namespace {

const DenseShape cases[] = {{1, 1, 1},      {1, 784, 10},    {3, 7, 5},      {32, 33, 31},
                            {128, 128, 10}, {65, 1000, 70},  {2, 2304, 129}, {15, 1, 40},
                            {0, 4, 4},      {40, 1100, 300}, {5, 3000, 65},  {270, 96, 33},
                            {33, 520, 40}};

void agrees_with_reference(const Device& device, const DenseShape& s) {
  const std::vector<float> x = random_floats(s.x_size(), 1), w = random_floats(s.w_size(), 2);
  const std::vector<float> bias = random_floats(s.out_features, 3);
  const std::vector<float> dy = random_floats(s.y_size(), 4);
  const DeviceArray<float> x_device(device, x), w_device(device, w), bias_device(device, bias),
      dy_device(device, dy), y_device(device, s.y_size()), dx_device(device, s.x_size()),
      dw_device(device, s.w_size()), dbias_device(device, s.out_features);
  std::vector<double> y(s.y_size()), activated(s.y_size()), dx(s.x_size()), dw(s.w_size()),
      dbias(s.out_features);

  // Tiles are filled up.
  const double multiplications =
      static_cast<double>(std::max(s.batch, 128)) * s.in_features * s.out_features;
  for (const Precision precision : precisions_of(device, multiplications)) {
    const auto expect = [&](const char* what, const DeviceArray<float>& actual,
                            const std::vector<double>& expected, int terms) {
      expect_close(std::string(what) + ", " + precision_name(precision), actual.host(), expected,
                   5e-5 + rounding_of(precision, terms), 1e-5);
    };
    for (const Activation activation : {Activation::linear, Activation::elu}) {
      dense_forward(device, s, x_device.span(), w_device.span(), bias_device.span(), activation,
                    y_device.span(), precision);
      reference::dense_forward(s, to_double(x), to_double(w), to_double(bias), y);
      reference::activation_forward(activation, y, activated);
      expect("forward", y_device, activated, s.in_features);
    }
    dense_backward_input(device, s, dy_device.span(), w_device.span(), dx_device.span(), precision);
    reference::dense_backward_input(s, to_double(dy), to_double(w), dx);
    expect("backward input", dx_device, dx, s.out_features);
    dense_backward_weights(device, s, x_device.span(), dy_device.span(), dw_device.span(),
                           dbias_device.span(), precision);
    reference::dense_backward_weights(s, to_double(x), to_double(dy), dw, dbias);
    expect("backward weights", dw_device, dw, s.batch);
    expect_close("backward bias", dbias_device.host(), dbias, 5e-5, 1e-5);
  }
}

void reference_gradient(const DenseShape& s) {
  if (s.x_size() + s.w_size() > 3000) return;
  std::vector<double> x = to_double(random_floats(s.x_size(), 1));
  std::vector<double> w = to_double(random_floats(s.w_size(), 2));
  std::vector<double> bias = to_double(random_floats(s.out_features, 3));
  const std::vector<double> dy = to_double(random_floats(s.y_size(), 4));
  std::vector<double> y(s.y_size()), dx(s.x_size()), dw(s.w_size()), dbias(s.out_features);
  const auto objective = [&] {
    reference::dense_forward(s, x, w, bias, y);
    return dot(y, dy);
  };
  reference::dense_backward_input(s, dy, w, dx);
  reference::dense_backward_weights(s, x, dy, dw, dbias);
  expect_close("dx", dx, slopes(objective, x), 1e-7, 1e-7);
  expect_close("dw", dw, slopes(objective, w), 1e-7, 1e-7);
  expect_close("dbias", dbias, slopes(objective, bias), 1e-7, 1e-7);
}

const bool registered = [] {
  for (const DenseShape& s : cases) {
    const std::string name = "dense " + std::to_string(s.batch) + " x " +
                             std::to_string(s.in_features) + " to " +
                             std::to_string(s.out_features);
    RegisterOnDevices(name + " agrees with the reference",
                      [&s](const Device& device) { agrees_with_reference(device, s); });
    Register(name + ": the reference's gradient is the slope", [&s] { reference_gradient(s); });
  }
  return true;
}();

const Register refuses("dense refuses shapes and sizes that do not fit", [] {
  expect_error(ErrorCode::invalid_argument, "out_features must be 1 or more, not 0",
               [] { DenseShape{.out_features = 0}.validate(); });
  expect_error(ErrorCode::invalid_argument, "2^31",
               [] { DenseShape{.in_features = 1 << 16, .out_features = 1 << 15}.validate(); });
  const Device& device = test_device(DeviceKind::cpu);
  const DeviceArray<float> two(device, 2), three(device, 3);
  expect_error(ErrorCode::invalid_argument, "w must have 2 elements, not 3", [&] {
    dense_forward(device, {.in_features = 2}, two.span(), three.span(), {}, Activation::linear,
                  two.span().first(1));
  });
});

}  // namespace
}  // namespace trialforge::testing
