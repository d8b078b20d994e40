#include "trialforge/mat_mul.h"

#include "devices.h"
#include "precisions.h"
#include "reference/activation.h"
#include "reference/mat_mul.h"
#include "testing.h"

namespace trialforge::testing {
namespace {

const MatMulShape cases[] = {
    {.m = 1, .k = 1, .n = 1},
    {.m = 3, .k = 5, .n = 7},
    {.m = 64, .k = 300, .n = 33},
    {.m = 2, .k = 700, .n = 40},
    {.m = 130, .k = 17, .n = 129},
    {.batch_a = 3, .batch_b = 3, .m = 4, .k = 9, .n = 6},
    {.batch_a = 5, .batch_b = 1, .m = 3, .k = 8, .n = 20},
    {.batch_a = 1, .batch_b = 4, .m = 6, .k = 3, .n = 5},
    {.m = 3, .k = 0, .n = 4},
    {.m = 0, .k = 3, .n = 4},
    {.batch_a = 0, .batch_b = 1, .m = 2, .k = 3, .n = 4},
    {.m = 20, .k = 36, .n = 72},
    {.batch_a = 2, .batch_b = 2, .m = 68, .k = 8, .n = 12},
};

void agrees_with_reference(const Device& device, const MatMulShape& s) {
  const std::vector<float> a = random_floats(s.a_size(), 1), b = random_floats(s.b_size(), 2);
  const std::vector<float> bias = random_floats(s.n, 3);
  const DeviceArray<float> a_device(device, a), b_device(device, b), bias_device(device, bias),
      y_device(device, s.y_size());
  std::vector<double> y(s.y_size()), activated(s.y_size());
  for (const Precision precision : precisions_of(device)) {
    const double tolerance = 5e-5 + rounding_of(precision, s.k);
    reference::mat_mul(s, to_double(a), to_double(b), {}, y);
    mat_mul(device, s, a_device.span(), b_device.span(), {}, Activation::linear, y_device.span(),
            precision);
    expect_close("product", y_device.host(), y, tolerance, 1e-5);
    reference::mat_mul(s, to_double(a), to_double(b), to_double(bias), y);
    reference::activation_forward(Activation::elu, y, activated);
    mat_mul(device, s, a_device.span(), b_device.span(), bias_device.span(), Activation::elu,
            y_device.span(), precision);
    expect_close("with bias and activation", y_device.host(), activated, tolerance, 1e-5);
  }
}

const bool registered = [] {
  for (const MatMulShape& s : cases) {
    const std::string name = "mat_mul " + std::to_string(s.batch_a) + "x" + std::to_string(s.m) +
                             "x" + std::to_string(s.k) + " by " + std::to_string(s.batch_b) + "x" +
                             std::to_string(s.k) + "x" + std::to_string(s.n);
    RegisterOnDevices(name + " agrees with the reference, whatever is transposed",
                      [s](const Device& device) {
                        for (const bool transpose_a : {false, true}) {
                          for (const bool transpose_b : {false, true}) {
                            MatMulShape one = s;
                            one.transpose_a = transpose_a;
                            one.transpose_b = transpose_b;
                            agrees_with_reference(device, one);
                          }
                        }
                      });
  }
  return true;
}();

const RegisterOnDevices tiles("mat_mul of many tiles agrees with the reference",
                              [](const Device& device) {
                                agrees_with_reference(device, {.m = 16900, .k = 5, .n = 66});
                              });

const Register refuses("mat_mul refuses shapes and sizes that do not fit", [] {
  expect_error(ErrorCode::invalid_argument, "not -1", [] { MatMulShape{.k = -1}.validate(); });
  expect_error(ErrorCode::invalid_argument, "batches of 2 and 3",
               [] { MatMulShape{.batch_a = 2, .batch_b = 3}.validate(); });
  expect_error(ErrorCode::invalid_argument, "2^31",
               [] { MatMulShape{.m = 1 << 16, .n = 1 << 15}.validate(); });
  const Device& device = test_device(DeviceKind::cpu);
  const DeviceArray<float> two(device, 2), three(device, 3);
  expect_error(ErrorCode::invalid_argument, "b must have 2 elements, not 3", [&] {
    mat_mul(device, {.k = 2}, two.span(), three.span(), {}, Activation::linear,
            two.span().first(1));
  });
});

}  // namespace
}  // namespace trialforge::testing
