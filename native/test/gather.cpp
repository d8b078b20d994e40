#include "trialforge/gather.h"

#include <limits>

#include "devices.h"
#include "reference/gather.h"
#include "testing.h"

namespace trialforge::testing {
namespace {

constexpr GatherShape shapes[] = {{1, 1, 1, 1, 1},    {1, 1, 5, 1, 20},   {2, 3, 7, 4, 9},
                                  {3, 1, 2, 17, 5},   {1, 2, 9, 100, 3},  {1, 1, 300, 64, 1000},
                                  {2, 50, 40, 1, 33}, {1, 3, 5, 7, 4000}, {0, 2, 3, 4, 5},
                                  {2, 0, 3, 4, 5},    {2, 3, 4, 0, 5},    {2, 3, 4, 5, 0},
                                  {2, 3, 0, 5, 0}};

template <typename T>
void agrees_with_reference(const Device& device, const GatherShape& s) {
  std::vector<T> x;
  for (const float v : random_floats(s.x_size(), 1, 0, 200)) x.push_back(static_cast<T>(v));
  std::vector<std::int32_t> indices;
  for (const float v : random_floats(s.indices_size(), 2, 0, static_cast<float>(s.axis))) {
    indices.push_back(std::min(static_cast<std::int32_t>(v), s.axis - 1));
  }
  std::vector<double> y(s.y_size());
  const DeviceArray<T> x_device(device, x), y_device(device, s.y_size());
  const DeviceArray<std::int32_t> indices_device(device, indices);
  gather(device, s, std::span<const T>(x_device.span()), indices_device.span(), y_device.span());
  reference::gather(s, std::vector<double>(x.begin(), x.end()), indices, y);
  expect_close("gather", y_device.host(), y, 0, 0);
}

template <typename T>
void one_hot_agrees_with_reference(const Device& device, int depth, double on, double off) {
  const std::vector<std::int32_t> indices{0,
                                          3,
                                          -1,
                                          depth - 1,
                                          depth,
                                          1,
                                          std::numeric_limits<std::int32_t>::min(),
                                          std::numeric_limits<std::int32_t>::max()};
  const DeviceArray<T> y(device, indices.size() * depth);
  const DeviceArray<std::int32_t> indices_device(device, indices);
  std::vector<double> expected(indices.size() * depth);
  one_hot(device, depth, on, off, indices_device.span(), y.span());
  reference::one_hot(depth, on, off, indices, expected);
  expect_close("one_hot", y.host(), expected, 0, 1e-7);
}

const RegisterOnDevices agrees("gather agrees with the reference", [](const Device& device) {
  for (const GatherShape& s : shapes) {
    agrees_with_reference<float>(device, s);
    agrees_with_reference<std::int32_t>(device, s);
    agrees_with_reference<std::uint8_t>(device, s);
  }
});

const RegisterOnDevices outside("gather meets indices out of range", [](const Device& device) {
  const DeviceArray<float> x(device, std::vector<float>{1, 2, 3, 4, 5, 6}),
      y(device, std::vector<float>(10, 7));
  const DeviceArray<std::int32_t> indices(
      device, std::vector<std::int32_t>{2, 3, 0, -1, std::numeric_limits<std::int32_t>::min()});
  const auto run = [&] {
    gather(device, {1, 1, 3, 2, 5}, std::span<const float>(x.span()), indices.span(), y.span());
  };
  if (device.kind() == DeviceKind::cpu) {
    expect_error(ErrorCode::invalid_argument, "indices[1] must be in [0, 3), not 3", run);
    check(y.host() == std::vector<float>(10, 7), "something was written");
    return;
  }
  run();
  check(y.host() == std::vector<float>{5, 6, 0, 0, 1, 2, 0, 0, 0, 0}, "wrong rows");
});

const RegisterOnDevices unaligned("gather takes any address", [](const Device& device) {
  const std::vector<float> x = random_floats(9, 1);
  const DeviceArray<float> x_device(device, x), y(device, 9);
  const DeviceArray<std::int32_t> indices(device, std::vector<std::int32_t>{1, 0});
  gather(device, {1, 1, 2, 4, 2}, std::span<const float>(x_device.span()).subspan(1),
         indices.span(), y.span().first(8));
  const std::vector<float> expected{x[5], x[6], x[7], x[8], x[1], x[2], x[3], x[4], 0};
  check(y.host() == expected, "from an odd address");
});

const RegisterOnDevices hot("gather: one_hot agrees with the reference", [](const Device& device) {
  for (const int depth : {0, 1, 3, 4, 10, 9000}) {
    one_hot_agrees_with_reference<float>(device, depth, 1.5, -0.25);
    one_hot_agrees_with_reference<std::int32_t>(device, depth, -2147483648.0, 2147483647.0);
    one_hot_agrees_with_reference<std::uint8_t>(device, depth, 1, 0);
  }
});

const Register refuses("gather refuses bad arguments", [] {
  const Device& device = test_device(DeviceKind::cpu);
  const DeviceArray<float> x(device, 6), y(device, 4);
  const DeviceArray<std::int32_t> ints(device, 4);
  const TensorView from = std::span<const float>(x.span());
  const auto refused = [&](const char* part, const GatherShape& s,
                           const std::vector<std::int32_t>& indices, MutableTensorView to) {
    expect_error(ErrorCode::invalid_argument, part, [&] { gather(device, s, from, indices, to); });
  };
  refused("indices[1] must be in [0, 3), not 3", {1, 1, 3, 2, 2}, {0, 3}, y.span());
  refused("indices[0] must be in [0, 3), not -1", {1, 1, 3, 2, 2}, {-1, 0}, y.span());
  check(y.host() == std::vector<float>(4), "something was written");
  refused("indices must have 2 elements, not 1", {1, 1, 3, 2, 2}, {0}, y.span());
  refused("x must have 8 elements, not 6", {1, 1, 4, 2, 2}, {0, 0}, y.span());
  refused("y must have 6 elements, not 4", {1, 1, 3, 2, 3}, {0, 0, 0}, y.span());
  refused("axis must be 0 or more, not -3", {1, 1, -3, 2, 2}, {0, 0}, y.span());
  refused("2^31", {1, 1 << 20, 0, 1 << 10, 2}, {0, 0}, y.span());
  refused("y must be float32, not int32", {1, 1, 3, 2, 2}, {0, 0}, ints.span());
  refused("the same memory", {1, 1, 3, 2, 2}, {0, 0}, x.span().first(4));
  const std::vector<std::int32_t> two(2);
  const auto hot_refused = [&](const char* part, int depth, double on, MutableTensorView to) {
    expect_error(ErrorCode::invalid_argument, part,
                 [&] { one_hot(device, depth, on, 0, two, to); });
  };
  hot_refused("depth must be 0 or more, not -2", -2, 1, y.span());
  hot_refused("y must have 6 elements, not 4", 3, 1, y.span());
  hot_refused("on is 0.5", 2, 0.5, ints.span());
  hot_refused("2^31", 1 << 30, 1, y.span());
});

}  // namespace
}  // namespace trialforge::testing
