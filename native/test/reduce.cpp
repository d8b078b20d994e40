#include "trialforge/reduce.h"

#include <cmath>
#include <limits>
#include <utility>

#include "devices.h"
#include "reference/reduce.h"
#include "testing.h"

namespace trialforge::testing {
namespace {

constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr int lowest = std::numeric_limits<std::int32_t>::min();
constexpr int highest = std::numeric_limits<std::int32_t>::max();

// Either side of what is cut: columns, rows side by side, chunks of the reduced axis.
constexpr ReduceShape shapes[] = {
    {1, 1, 1},       {0, 3, 4},     {3, 4, 0},     {2, 0, 3},      {5, 3, 1},      {7, 10, 1},
    {3, 31, 1},      {3, 33, 1},    {2, 127, 1},   {2, 129, 1},    {50, 1000, 1},  {1, 70000, 1},
    {1, 1000003, 1}, {2, 9, 3},     {1, 40000, 3}, {2, 17, 31},    {1, 10000, 32}, {3, 100, 33},
    {2, 64, 64},     {1, 3000, 65}, {2, 33, 300},  {1, 257, 1025}, {1, 5, 3000},   {100, 7, 2},
    {3000, 5, 1},    {70, 2000, 1}, {1, 20000, 3}, {3, 9000, 2},   {1, 2048, 33},  {70, 1100, 1},
    {3, 33, 700}};

/** The emulation takes its time over each element: those with at most so many of them there. */
std::vector<ReduceShape> shapes_on(const Device& device, std::size_t most_emulated = 25'000) {
  std::vector<ReduceShape> result;
  for (const ReduceShape& s : shapes) {
    if (device.kind() == DeviceKind::cpu || s.x_size() <= most_emulated) result.push_back(s);
  }
  return result;
}

std::string text(const ReduceShape& s) {
  return "[" + std::to_string(s.outer) + ", " + std::to_string(s.reduced) + ", " +
         std::to_string(s.inner) + "]";
}

template <typename T>
std::vector<T> run(const Device& device, ReduceOp op, const ReduceShape& s,
                   const std::vector<T>& x) {
  const DeviceArray<T> from(device, x), to(device, s.y_size());
  reduce(device, op, s, std::span<const T>(from.span()), to.span());
  return to.host();
}

template <typename T>
std::vector<std::int32_t> run(const Device& device, ArgOp op, const ReduceShape& s,
                              const std::vector<T>& x) {
  const DeviceArray<T> from(device, x);
  const DeviceArray<std::int32_t> to(device, s.y_size());
  arg_reduce(device, op, s, std::span<const T>(from.span()), to.span());
  return to.host();
}

template <typename T>
std::vector<double> expected(ReduceOp op, const ReduceShape& s, const std::vector<T>& x) {
  std::vector<double> y(s.y_size());
  reference::reduce(op, s, std::vector<double>(x.begin(), x.end()), y);
  return y;
}

template <typename T>
std::vector<std::int32_t> expected(ArgOp op, const ReduceShape& s, const std::vector<T>& x) {
  std::vector<std::int32_t> y(s.y_size());
  reference::arg_reduce(op, s, std::vector<double>(x.begin(), x.end()), y);
  return y;
}

const RegisterOnDevices sums(
    "reduce: sums and means agree with the reference", [](const Device& device) {
      for (const ReduceShape& s : shapes_on(device, 80'000)) {
        const std::vector<float> x = random_floats(s.x_size(), 1);
        // Of the sum of the magnitudes: what is lost by cancellation is not the sum's fault.
        std::vector<float> magnitude = x;
        for (float& v : magnitude) v = std::abs(v);
        const std::vector<double> total = expected(ReduceOp::sum, s, magnitude);
        const std::vector<float> sum = run(device, ReduceOp::sum, s, x);
        const std::vector<double> reference = expected(ReduceOp::sum, s, x);
        for (std::size_t i = 0; i < sum.size(); ++i) {
          check(std::abs(sum[i] - reference[i]) <= 1e-6 * total[i],
                "sum of " + text(s) + ": " + std::to_string(sum[i]) + ", expected " +
                    std::to_string(reference[i]));
        }
        const double scale = 1e-6 / std::max(s.reduced, 1);
        const std::vector<float> mean = run(device, ReduceOp::mean, s, x);
        const std::vector<double> means = expected(ReduceOp::mean, s, x);
        for (std::size_t i = 0; i < mean.size(); ++i) {
          check(s.reduced == 0 ? std::isnan(mean[i])
                               : std::abs(mean[i] - means[i]) <= scale * total[i] + 1e-12,
                "mean of " + text(s));
        }
        const std::vector<float> same(s.x_size(), 0.1f);
        expect_close("sum of equal values of " + text(s), run(device, ReduceOp::sum, s, same),
                     expected(ReduceOp::sum, s, same), 0, 1e-6);
      }
    });

const RegisterOnDevices extremes(
    "reduce: extremes and products agree with the reference", [](const Device& device) {
      for (const ReduceShape& s : shapes_on(device)) {
        std::vector<float> x = random_floats(s.x_size(), 2);
        for (const ReduceOp op : {ReduceOp::max, ReduceOp::min}) {
          expect_close(text(s), run(device, op, s, x), expected(op, s, x), 0, 0);
        }
        if (s.reduced < 2000) {
          const std::vector<float> near_1 = random_floats(s.x_size(), 3, 0.95f, 1.05f);
          expect_close("product of " + text(s), run(device, ReduceOp::prod, s, near_1),
                       expected(ReduceOp::prod, s, near_1), 0, 1e-6);
        }
        for (std::size_t i = 0; i < x.size(); i += 997) x[i] = i % 2 == 0 ? nan : inf;
        for (const ReduceOp op : {ReduceOp::sum, ReduceOp::max, ReduceOp::min}) {
          const std::vector<float> y = run(device, op, s, x);
          const std::vector<double> reference = expected(op, s, x);
          for (std::size_t i = 0; i < y.size(); ++i) {
            check(std::isnan(y[i]) == std::isnan(reference[i]), "NaN in " + text(s));
            check(op == ReduceOp::sum || std::isnan(y[i]) || y[i] == reference[i],
                  "inf in " + text(s));
          }
        }
      }
    });

const RegisterOnDevices integers(
    "reduce: int32 and bool agree with the reference", [](const Device& device) {
      for (const ReduceShape& s : shapes_on(device)) {
        if (s.reduced == 0) continue;
        std::vector<std::int32_t> x;
        for (const float v : random_floats(s.x_size(), 4, -1000, 1000)) {
          x.push_back(static_cast<std::int32_t>(v));
        }
        for (const ReduceOp op : {ReduceOp::sum, ReduceOp::max, ReduceOp::min}) {
          expect_close("int32 " + text(s), run(device, op, s, x), expected(op, s, x), 0, 0);
        }
        std::vector<std::uint8_t> bits;
        for (const float v : random_floats(s.x_size(), 5))
          bits.push_back(v > 0.9f * (s.reduced % 2));
        for (const bool rare : {false, true}) {
          if (rare) {
            for (std::size_t i = 0; i < bits.size(); ++i) bits[i] = i % 1009 != 0;
          }
          for (const ReduceOp op : {ReduceOp::all, ReduceOp::any}) {
            expect_close("bool " + text(s), run(device, op, s, bits), expected(op, s, bits), 0, 0);
          }
        }
      }
    });

const RegisterOnDevices wraps("reduce: int32 wraps", [](const Device& device) {
  for (const int n : {2, 64, 70000}) {
    const ReduceShape s{1, n, 1};
    std::vector<std::int32_t> x(static_cast<std::size_t>(n), highest), y(x.size(), 3);
    std::uint32_t sum = 0, product = 1;
    for (const std::int32_t v : x) sum += static_cast<std::uint32_t>(v);
    for (const std::int32_t v : y) product *= static_cast<std::uint32_t>(v);
    check(run(device, ReduceOp::sum, s, x)[0] == static_cast<std::int32_t>(sum), "sum");
    check(run(device, ReduceOp::prod, s, y)[0] == static_cast<std::int32_t>(product), "product");
  }
});

const RegisterOnDevices nothing("reduce of nothing gives the neutral element",
                                [](const Device& device) {
                                  const ReduceShape s{2, 0, 3};
                                  const auto all_are = [](const auto& y, auto value) {
                                    check(y.size() == 6, "size");
                                    for (const auto v : y)
                                      check(v == value, "not the neutral element");
                                  };
                                  const std::vector<float> floats;
                                  const std::vector<std::int32_t> ints;
                                  const std::vector<std::uint8_t> bools;
                                  all_are(run(device, ReduceOp::sum, s, floats), 0.0f);
                                  all_are(run(device, ReduceOp::prod, s, floats), 1.0f);
                                  all_are(run(device, ReduceOp::max, s, floats), -inf);
                                  all_are(run(device, ReduceOp::min, s, floats), inf);
                                  all_are(run(device, ReduceOp::sum, s, ints), 0);
                                  all_are(run(device, ReduceOp::prod, s, ints), 1);
                                  all_are(run(device, ReduceOp::max, s, ints), lowest);
                                  all_are(run(device, ReduceOp::min, s, ints), highest);
                                  all_are(run(device, ReduceOp::all, s, bools), 1);
                                  all_are(run(device, ReduceOp::any, s, bools), 0);
                                  all_are(run(device, ArgOp::max, s, floats), 0);
                                  all_are(run(device, ArgOp::min, s, ints), 0);
                                });

const RegisterOnDevices positions("arg_reduce agrees with the reference", [](const Device& device) {
  for (const ReduceShape& s : shapes_on(device)) {
    if (s.reduced == 0) continue;
    const std::vector<float> x = random_floats(s.x_size(), 6);
    std::vector<std::int32_t> few;  // many equal ones
    std::vector<float> special = x;
    for (std::size_t i = 0; i < x.size(); ++i) {
      few.push_back(static_cast<std::int32_t>(3 * x[i]));
      if (i % 5 == 0) special[i] = nan;
      if (i % 7 == 0) special[i] = i % 2 == 0 ? inf : -inf;
    }
    const std::vector<float> all_nan(x.size(), nan), low(x.size(), -inf);
    std::vector<float> late = low;
    if (!late.empty()) late.back() = inf;
    const std::vector<std::int32_t> least(x.size(), lowest);
    for (const ArgOp op : {ArgOp::max, ArgOp::min}) {
      for (const std::vector<float>* values :
           {&x, &std::as_const(special), &all_nan, &low, &std::as_const(late)}) {
        check(run(device, op, s, *values) == expected(op, s, *values), "float32 " + text(s));
      }
      check(run(device, op, s, few) == expected(op, s, few), "int32 " + text(s));
      check(run(device, op, s, least) == expected(op, s, least), "INT_MIN " + text(s));
    }
  }
});

const Register threads("reduce does not depend on the number of threads", [] {
  const Device one = Device::cpu(1), three = Device::cpu(3);
  for (const ReduceShape& s : shapes) {
    const std::vector<float> x = random_floats(s.x_size(), 7);
    if (s.reduced == 0) continue;
    check(run(one, ReduceOp::sum, s, x) == run(three, ReduceOp::sum, s, x), "sum of " + text(s));
    check(run(one, ArgOp::max, s, x) == run(three, ArgOp::max, s, x), "arg max of " + text(s));
  }
});

const Register refuses("reduce refuses bad arguments", [] {
  const Device& device = test_device(DeviceKind::cpu);
  const DeviceArray<float> x(device, 6), y(device, 2);
  const DeviceArray<std::int32_t> ints(device, 6);
  const DeviceArray<std::uint8_t> bools(device, 6);
  const TensorView from = std::span<const float>(x.span());
  const auto refused = [&](const char* part, ReduceOp op, const ReduceShape& s, TensorView input,
                           MutableTensorView output) {
    expect_error(ErrorCode::invalid_argument, part, [&] { reduce(device, op, s, input, output); });
  };
  refused("reduced must be 0 or more, not -3", ReduceOp::sum, {2, -3, 1}, from, y.span());
  refused("x must have 8 elements, not 6", ReduceOp::sum, {2, 4, 1}, from, y.span());
  refused("y must have 3 elements, not 2", ReduceOp::sum, {3, 2, 1}, from, y.span());
  refused("2^31", ReduceOp::sum, {1 << 16, 1 << 15, 1}, from, y.span());
  refused("all takes no float32", ReduceOp::all, {2, 3, 1}, from, y.span());
  refused("mean takes no int32", ReduceOp::mean, {1, 6, 1},
          std::span<const std::int32_t>(ints.span()), ints.span());
  refused("max takes no bool", ReduceOp::max, {1, 6, 1},
          std::span<const std::uint8_t>(bools.span()), bools.span());
  refused("y must be float32, not int32", ReduceOp::sum, {1, 6, 1}, from, ints.span());
  refused("the same memory", ReduceOp::sum, {6, 1, 1}, from, x.span());
  expect_error(ErrorCode::invalid_argument, "y must be int32, not float32", [&] {
    arg_reduce(device, ArgOp::max, {2, 3, 1}, from, y.span());
  });
});

}  // namespace
}  // namespace trialforge::testing
