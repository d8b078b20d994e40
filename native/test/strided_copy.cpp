#include "trialforge/strided_copy.h"

#include <limits>

#include "devices.h"
#include "reference/strided_copy.h"
#include "testing.h"

namespace trialforge::testing {
namespace {

using Ints = std::vector<std::int32_t>;

struct Case {
  const char* name;
  Ints shape, from_strides, to_strides;
  std::int32_t from_offset = 0, to_offset = 0;
};

constexpr std::int32_t big = std::numeric_limits<std::int32_t>::max();

// clang-format off
const Case cases[] = {
    {"one element", {}, {}, {}, 3, 2},
    {"one element of rank 8", {1, 1, 1, 1, 1, 1, 1, 1}, {big, -big, 0, 1, 2, 3, 4, 5}, {0, 0, big, -big, 1, 1, 1, 1}, 1, 1},
    {"nothing", {4, 0, 2}, {2, 2, 1}, {2, 2, 1}},
    {"a row", {37}, {1}, {1}, 5, 2},
    {"a long row", {100003}, {1}, {1}},
    {"reversed", {1000}, {-1}, {1}, 999},
    {"reversed on the other side", {1000}, {1}, {-1}, 0, 999},
    {"every third", {1001}, {3}, {1}, 1},
    {"to every second", {1001}, {1}, {2}, 0, 1},
    {"a value everywhere", {70, 1000}, {0, 0}, {1000, 1}, 4},
    {"broadcast rows", {70, 1001}, {0, 1}, {1001, 1}},
    {"broadcast columns", {70, 1001}, {1, 0}, {1001, 1}},
    {"transpose of a square", {256, 256}, {1, 256}, {256, 1}},
    {"transpose with ends", {131, 77}, {1, 131}, {77, 1}},
    {"transpose of many", {3, 50, 67}, {3350, 1, 50}, {3350, 67, 1}},
    {"transpose of few columns", {3, 2000}, {1, 3}, {2000, 1}},
    {"transpose to few columns", {2000, 3}, {1, 2000}, {3, 1}},
    {"transpose, one side reversed", {65, 130}, {-1, 65}, {130, 1}, 64},
    {"transpose between larger ones", {65, 130}, {1, 100}, {200, 1}, 7, 9},
    {"NHWC to NCHW", {2, 33, 14, 15}, {6930, 1, 495, 33}, {6930, 210, 15, 1}},
    {"NCHW to NHWC", {2, 14, 15, 33}, {6930, 15, 1, 210}, {6930, 495, 33, 1}},
    {"axes turned round", {3, 4, 5, 6, 7}, {1, 3, 12, 60, 360}, {840, 210, 42, 7, 1}},
    {"an axis in the middle", {5, 6, 7, 3}, {21, 105, 3, 1}, {126, 21, 3, 1}},
    {"a slice", {5, 6, 7}, {900, 30, 1}, {42, 7, 1}, 1234},
    {"a slice with steps", {5, 6, 7}, {900, 60, -2}, {42, 7, 1}, 1234},
    {"a pad", {5, 6, 7}, {42, 7, 1}, {900, 30, 1}, 0, 1234},
    {"tiles", {2, 3, 4, 5}, {0, 5, 0, 1}, {60, 20, 5, 1}},
    {"rank 8", {2, 3, 2, 3, 2, 3, 2, 3}, {648, 1, 324, 3, 162, 9, 81, 27}, {648, 216, 108, 36, 18, 6, 3, 1}},
    {"pairs turned round", {64, 50, 2}, {2, 128, 1}, {100, 2, 1}},
    {"quadruples turned round", {64, 50, 4}, {4, 256, 1}, {200, 4, 1}},
    {"rows of 8", {30, 24}, {40, 1}, {24, 1}, 8},
    {"transpose of more tiles than blocks", {300, 310}, {1, 300}, {310, 1}},
    {"columns of 2", {700, 2}, {1, 700}, {2, 1}},
    {"small planes", {2, 400, 2, 3}, {6, 12, 3, 1}, {2400, 3, 1200, 1}},
};
// clang-format on

/** One more than the furthest index. */
std::size_t reach(const Ints& shape, const Ints& strides, std::int32_t offset) {
  std::int64_t last = offset;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] == 0) return 0;
    last += std::max<std::int64_t>(strides[d], 0) * (shape[d] - 1);
  }
  return static_cast<std::size_t>(last) + 1;
}

template <typename T>
void agrees_with_reference(const Device& device, const Case& c) {
  // What the box does not cover stays.
  const std::size_t n_from = reach(c.shape, c.from_strides, c.from_offset);
  const std::size_t n_to = reach(c.shape, c.to_strides, c.to_offset) + 3;
  std::vector<T> from, to;
  for (const float v : random_floats(n_from, 1, 0, 200)) from.push_back(static_cast<T>(v));
  for (const float v : random_floats(n_to, 2, 0, 200)) to.push_back(static_cast<T>(v));
  const DeviceArray<T> from_device(device, from), to_device(device, to);
  std::vector<double> expected(to.begin(), to.end());
  const std::vector<double> source(from.begin(), from.end());
  strided_copy(device, c.shape, c.from_strides, c.from_offset, c.to_strides, c.to_offset,
               std::span<const T>(from_device.span()), to_device.span());
  reference::strided_copy(c.shape, c.from_strides, c.from_offset, c.to_strides, c.to_offset, source,
                          expected);
  expect_close(c.name, to_device.host(), expected, 0, 0);
}

const bool registered = [] {
  for (const Case& c : cases) {
    RegisterOnDevices(std::string("strided_copy ") + c.name + " agrees with the reference",
                      [&c](const Device& device) {
                        agrees_with_reference<float>(device, c);
                        agrees_with_reference<std::int32_t>(device, c);
                        agrees_with_reference<std::uint8_t>(device, c);
                      });
  }
  return true;
}();

const Register refuses("strided_copy refuses boxes that do not fit", [] {
  const Device& device = test_device(DeviceKind::cpu);
  const DeviceArray<float> x(device, 12), y(device, 12);
  const DeviceArray<std::int32_t> ints(device, 12);
  const auto run = [&](const char* part, const Ints& shape, const Ints& from_strides,
                       std::int64_t from_offset, const Ints& to_strides, std::int64_t to_offset) {
    expect_error(ErrorCode::invalid_argument, part, [&] {
      strided_copy(device, shape, from_strides, from_offset, to_strides, to_offset,
                   std::span<const float>(x.span()), y.span());
    });
  };
  run("from has 12 elements, but the box covers 0 to 12", {13}, {1}, 0, {1}, 0);
  run("from has 12 elements, but the box covers -1 to 1", {3}, {-1}, 1, {1}, 0);
  run("from has 12 elements, but the box covers 12 to 12", {}, {}, 12, {}, 0);
  run("from has 12 elements, but the box covers", {}, {}, -1, {}, 0);
  run("from has 12 elements, but the box covers", {2}, {1},
      std::numeric_limits<std::int64_t>::max(), {1}, 0);
  run("from has 12 elements, but the box covers 0 to ", {1 << 15, 1 << 15}, {big, big}, 0, {1, 1},
      0);
  run("to has 12 elements, but the box covers 10 to 12", {3}, {1}, 0, {1}, 10);
  run("to has 12 elements, but the box covers -2 to 2", {3}, {1}, 0, {-2}, 2);
  run("a stride of 0 where the smaller ones reach 0", {2}, {1}, 0, {0}, 0);
  run("a stride of 2 where the smaller ones reach 2", {2, 3}, {3, 1}, 0, {2, 1}, 0);
  run("a stride of 1 where the smaller ones reach 1", {2, 2}, {1, 1}, 0, {1, -1}, 1);
  run("shape[1] must be 0 or more, not -1", {1, -1}, {1, 1}, 0, {1, 1}, 0);
  run("2^31", {1 << 16, 1 << 15}, {0, 0}, 0, {1 << 15, 1}, 0);
  run("2^31", {big, big, 0}, {0, 0, 0}, 0, {0, 0, 0}, 0);
  run("from_strides must have 1 elements, not 2", {1}, {1, 1}, 0, {1}, 0);
  run("to_strides must have 1 elements, not 0", {1}, {1}, 0, {}, 0);
  run("a rank of 9", Ints(9, 1), Ints(9, 1), 0, Ints(9, 1), 0);
  const Ints one{1};
  expect_error(ErrorCode::invalid_argument, "to must be int32, not float32", [&] {
    strided_copy(device, one, one, 0, one, 0, std::span<const std::int32_t>(ints.span()), y.span());
  });
  expect_error(ErrorCode::invalid_argument, "cannot read and write the same memory", [&] {
    strided_copy(device, one, one, 0, one, 0, std::span<const float>(y.span()).first(2),
                 y.span().subspan(1));
  });
});

}  // namespace
}  // namespace trialforge::testing
