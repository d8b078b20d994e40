#include "trialforge/elementwise.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "devices.h"
#include "reference/elementwise.h"
#include "testing.h"

namespace trialforge::testing {
namespace {

using Float = std::vector<float>;
using Int = std::vector<std::int32_t>;
using Bool = std::vector<std::uint8_t>;  // vector<bool> has no memory to view
using Shape = std::vector<int>;

constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr int lowest = std::numeric_limits<int>::min(), highest = std::numeric_limits<int>::max();
constexpr std::size_t sizes[] = {0, 1, 7, 16, 33, 1000, 40'000};
constexpr std::uint64_t float_step = 39'989;  // of all_floats()
constexpr UnaryParameters parameters = {.alpha = -0.3f, .beta = 2.5f};

const Float special_floats = {
    0.0f,  -0.0f, inf,    -inf,  nan,  1e-40f, -1e-40f, 1e-45f,       1e38f, -1e38f, 0.5f,
    -0.5f, 1.5f,  2.5f,   -2.5f, 1,    -1,     2,       -2,           3,     -3,     7,
    6,     88.5f, -88.5f, 100,   -104, 1e-5f,  -1e-5f,  2147483648.f, 1e9f,  8388609};
const Int special_integers = {
    0,   1,     -1,     2,     -2, 3,      7,          -7,      6,           40,
    -40, 46341, -46341, 65536, -3, lowest, lowest + 1, highest, highest - 1, 1'000'000'007};

template <typename T>
TensorView in(const std::vector<T>& x) {
  return std::span<const T>(x);
}
template <typename T>
MutableTensorView out(std::vector<T>& y) {
  return std::span<T>(y);
}
template <typename T>
TensorView in(const DeviceArray<T>& x) {
  return std::span<const T>(x.span());
}
template <typename T>
MutableTensorView out(const DeviceArray<T>& y) {
  return y.span();
}

const Device& cpu() { return test_device(DeviceKind::cpu); }

/** The emulation takes its time over each element. */
std::span<const std::size_t> sizes_on(const Device& device) {
  return std::span(sizes).first(device.kind() == DeviceKind::cpu ? std::size(sizes) : 6);
}

Int random_integers(std::size_t n, std::uint64_t seed) {
  Int values(n);
  const Float floats = random_floats(n, seed, -50, 50);
  std::transform(floats.begin(), floats.end(), values.begin(),
                 [](float x) { return static_cast<std::int32_t>(x); });
  return values;
}

Bool random_bools(std::size_t n, std::uint64_t seed) {
  Bool values(n);
  const Float floats = random_floats(n, seed);
  std::transform(floats.begin(), floats.end(), values.begin(), [](float x) { return x > 0; });
  return values;
}

template <typename T>
std::vector<double> doubles(const std::vector<T>& x) {
  return {x.begin(), x.end()};
}

template <typename To, typename From>
std::vector<To> rounded(const std::vector<From>& x) {
  std::vector<To> y(x.size());
  std::transform(x.begin(), x.end(), y.begin(), [](From v) { return static_cast<To>(v); });
  return y;
}

/**
 * Exact but for floats, which may be off by a few units in the last place: CUDA's functions by up
 * to 4, to which the rounding of what is expected comes.
 */
template <typename T>
void expect_same(const Device& device, const std::string& what, const std::vector<T>& actual,
                 const std::vector<T>& expected) {
  if constexpr (std::is_same_v<T, float>) {
    const int units = device.kind() == DeviceKind::cpu ? 4 : 5;
    expect_close(what, actual, expected, std::numeric_limits<float>::min(),
                 units * std::numeric_limits<float>::epsilon());
  } else {
    expect_close(what, actual, expected, 1e-9, 0);
  }
}

template <typename Y, typename X>
std::vector<Y> expected_unary(UnaryOp op, const std::vector<X>& x) {
  if constexpr (std::is_same_v<X, std::int32_t>) {
    Int y(x.size());
    reference::unary(op, parameters, x, y);
    return y;
  } else {
    std::vector<double> y(x.size());
    reference::unary(op, parameters, doubles(x), y);
    return rounded<Y>(y);
  }
}

/** From an address that no vector load can take, to another; nothing behind is written. */
template <typename Y, typename X>
void check_unary(const Device& device, UnaryOp op, const std::string& what,
                 const std::vector<X>& x) {
  std::vector<X> with_offset = x;
  with_offset.insert(with_offset.begin(), X{3});
  const DeviceArray<X> from(device, with_offset);
  const DeviceArray<Y> to(device, std::vector<Y>(x.size() + 4, Y{77}));
  unary(device, op, parameters, std::span<const X>(from.span()).subspan(1),
        to.span().subspan(3, x.size()));
  const std::vector<Y> y = to.host(), expected = expected_unary<Y>(op, x);
  check(y[2] == Y{77} && y.back() == Y{77}, what + ": writes beside y");
  expect_same<Y>(device, what, {y.begin() + 3, y.end() - 1}, expected);
  const DeviceArray<X> aligned(device, x);
  if constexpr (std::is_same_v<X, Y>) {
    unary(device, op, parameters, in(aligned), out(aligned));
    expect_same(device, what + ", in place", aligned.host(), expected);
  } else {
    const DeviceArray<Y> result(device, x.size());
    unary(device, op, parameters, in(aligned), out(result));
    expect_same(device, what, result.host(), expected);
  }
}

/** Some of all the floats there are, evenly spaced as bits. */
Float all_floats(const Device& device) {
  const std::uint64_t step = float_step * (device.kind() == DeviceKind::cpu ? 1 : 5);
  Float x;
  for (std::uint64_t bits = 0; bits < std::uint64_t{1} << 32; bits += step) {
    x.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  }
  return x;
}

const auto is_test = [](UnaryOp op) { return op >= UnaryOp::is_finite && op <= UnaryOp::is_nan; };
const UnaryOp integer_ops[] = {UnaryOp::abs,   UnaryOp::clip, UnaryOp::neg,    UnaryOp::relu,
                               UnaryOp::relu6, UnaryOp::sign, UnaryOp::square, UnaryOp::step};

void unary_floats(const Device& device, UnaryOp op) {
  const std::string name = unary_op_name(op);
  const auto on = [&](const std::string& what, const Float& x) {
    is_test(op) ? check_unary<std::uint8_t>(device, op, what, x)
                : check_unary<float>(device, op, what, x);
  };
  for (const std::size_t n : sizes_on(device)) {
    on(name + " of " + std::to_string(n), random_floats(n, n, -6, 6));
  }
  on(name + " of special numbers", special_floats);
  on(name + " of all floats", all_floats(device));
}

void unary_integers(const Device& device, UnaryOp op) {
  const std::string name = unary_op_name(op);
  for (const std::size_t n : sizes_on(device)) {
    check_unary<std::int32_t>(device, op, name + " of " + std::to_string(n), random_integers(n, n));
  }
  check_unary<std::int32_t>(device, op, name + " of special numbers", special_integers);
}

template <typename Y, typename T>
std::vector<Y> expected_binary(BinaryOp op, const Shape& a_shape, const Shape& b_shape,
                               const std::vector<T>& a, const std::vector<T>& b, std::size_t n) {
  if constexpr (std::is_same_v<T, std::int32_t>) {
    Int y(n);
    reference::binary(op, a_shape, b_shape, a, b, y);
    return rounded<Y>(y);
  } else {
    std::vector<double> y(n);
    reference::binary(op, a_shape, b_shape, doubles(a), doubles(b), y);
    return rounded<Y>(y);
  }
}

std::string text(const Shape& shape) {
  std::string s;
  for (const int size : shape) s += (s.empty() ? "" : ",") + std::to_string(size);
  return "[" + s + "]";
}

std::size_t size_of(const Shape& shape) {
  std::size_t n = 1;
  for (const int size : shape) n *= static_cast<std::size_t>(size);
  return n;
}

/**
 * Integer powers as expected where they are a neighbour of what the C library has for a double:
 * from 2^53 on, these may be different integers.
 */
Int with_expected_neighbours(Int y, const Int& expected, const std::vector<double>& powers) {
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (!(std::abs(powers[i]) >= 9007199254740992.0)) continue;
    const bool is_neighbour = y[i] == reference::to_int32(std::nextafter(powers[i], inf)) ||
                              y[i] == reference::to_int32(std::nextafter(powers[i], -inf));
    if (is_neighbour) y[i] = expected[i];
  }
  return y;
}

template <typename Y, typename T>
void check_binary(const Device& device, BinaryOp op, const Shape& a_shape, const Shape& b_shape,
                  const std::vector<T>& a, const std::vector<T>& b) {
  const std::string what =
      std::string(binary_op_name(op)) + " of " + text(a_shape) + " and " + text(b_shape);
  const std::size_t n = size_of(reference::broadcast_shape(a_shape, b_shape));
  const DeviceArray<T> from_a(device, a), from_b(device, b);
  const DeviceArray<Y> to(device, std::vector<Y>(n + 4, Y{77}));
  binary(device, op, a_shape, b_shape, in(from_a), in(from_b), to.span().subspan(3, n));
  const std::vector<Y> y = to.host();
  check(y[2] == Y{77} && y.back() == Y{77}, what + ": writes beside y");
  const std::vector<Y> expected = expected_binary<Y>(op, a_shape, b_shape, a, b, n);
  const auto expect = [&](const std::string& where, const std::vector<Y>& actual) {
    if constexpr (std::is_same_v<Y, std::int32_t>) {
      if (op == BinaryOp::pow) {
        std::vector<double> powers(n);
        reference::binary(op, a_shape, b_shape, doubles(a), doubles(b), powers);
        return expect_same(device, where, with_expected_neighbours(actual, expected, powers),
                           expected);
      }
    }
    expect_same(device, where, actual, expected);
  };
  expect(what, {y.begin() + 3, y.end() - 1});
  if constexpr (std::is_same_v<T, Y>) {
    if (a_shape == b_shape) {
      binary(device, op, a_shape, b_shape, in(from_a), in(from_b), out(from_b));
      expect(what + ", in place", from_b.host());
    }
  }
}

const auto compares = [](BinaryOp op) {
  return op >= BinaryOp::equal && op <= BinaryOp::greater_equal;
};

const auto takes_floats = [](BinaryOp op) { return op < BinaryOp::logical_and; };
const auto takes_integers = [](BinaryOp op) {
  return op < BinaryOp::atan2 || compares(op) || op == BinaryOp::bitwise_and;
};
const auto takes_bools = [](BinaryOp op) {
  return compares(op) || op == BinaryOp::logical_and || op == BinaryOp::logical_or;
};

/** Calls check_binary for every type that op takes, on random numbers. */
void check_types(const Device& device, BinaryOp op, const Shape& a_shape, const Shape& b_shape) {
  const std::size_t a = size_of(a_shape), b = size_of(b_shape);
  if (takes_floats(op)) {
    const Float x = random_floats(a, a + 1, -6, 6), y = random_floats(b, b + 2, -6, 6);
    compares(op) ? check_binary<std::uint8_t>(device, op, a_shape, b_shape, x, y)
                 : check_binary<float>(device, op, a_shape, b_shape, x, y);
  }
  if (takes_integers(op)) {
    const Int x = random_integers(a, a + 1), y = random_integers(b, b + 2);
    compares(op) ? check_binary<std::uint8_t>(device, op, a_shape, b_shape, x, y)
                 : check_binary<std::int32_t>(device, op, a_shape, b_shape, x, y);
  }
  if (takes_bools(op)) {
    check_binary<std::uint8_t>(device, op, a_shape, b_shape, random_bools(a, a + 1),
                               random_bools(b, b + 2));
  }
}

const std::pair<Shape, Shape> broadcasts[] = {
    {{}, {}},
    {{}, {33}},
    {{33}, {}},
    {{1}, {1, 1, 1}},
    {{50, 17}, {17}},
    {{17}, {50, 17}},
    {{50, 17}, {50, 1}},
    {{50, 1}, {50, 17}},
    {{50, 1}, {1, 17}},
    {{1, 50}, {17, 1}},
    {{3000, 3}, {3}},
    {{3}, {3000, 3}},
    {{700, 64}, {64}},
    {{300, 2}, {300, 1}},
    {{4, 1, 6}, {4, 5, 6}},
    {{4, 5, 6}, {1, 5, 1}},
    {{2, 3000, 5}, {2, 1, 5}},
    {{2, 1, 3, 1, 4}, {1, 5, 3, 2, 4}},
    {{2, 1, 3, 1, 4}, {5, 1, 2, 1}},
    {{2, 1, 2, 1, 2, 1, 2, 1}, {1, 2, 1, 2, 1, 2, 1, 2}},
    {{3, 20'000}, {3, 1}},
    {{3, 20'000}, {20'000}},
    {{20'000, 1}, {1, 3}},
    {{0}, {1}},
    {{4, 0, 3}, {4, 1, 3}},
    {{4, 1}, {0}},
};

void binary_layouts(const Device& device, BinaryOp op) {
  for (const std::size_t n : sizes_on(device)) {
    const int columns = static_cast<int>(n);
    check_types(device, op, {columns}, {columns});
    check_types(device, op, {}, {columns});
    check_types(device, op, {columns}, {1});
  }
  for (const auto& [a, b] : broadcasts) {
    const bool is_large = size_of(reference::broadcast_shape(a, b)) > 3000;
    // The layouts are the same for all functions.
    if (device.kind() == DeviceKind::cuda && is_large && op != BinaryOp::subtract) continue;
    check_types(device, op, a, b);
  }
}

/** Every pair of them, in two layouts. */
void binary_specials(const Device& device, BinaryOp op) {
  const auto pairs = [&]<typename T>(const std::vector<T>& values) {
    const int n = static_cast<int>(values.size());
    std::vector<T> a, b;
    for (const T x : values) {
      for (const T y : values) a.push_back(x), b.push_back(y);
    }
    const auto both = [&]<typename Y>(Y) {
      check_binary<Y>(device, op, {n, 1}, {n}, values, values);
      check_binary<Y>(device, op, {n * n}, {n * n}, a, b);
    };
    compares(op) ? both(std::uint8_t{}) : both(T{});
  };
  if (takes_floats(op)) pairs(special_floats);
  if (takes_integers(op)) pairs(special_integers);
  if (takes_bools(op)) pairs(Bool{0, 1});
}

const bool registered = [] {
  for (int i = 0; i < unary_op_count; ++i) {
    const auto op = static_cast<UnaryOp>(i);
    const std::string name = std::string("elementwise ") + unary_op_name(op);
    if (op == UnaryOp::logical_not) continue;
    RegisterOnDevices(name + " agrees with the reference",
                      [op](const Device& device) { unary_floats(device, op); });
  }
  for (const UnaryOp op : integer_ops) {
    RegisterOnDevices(std::string("elementwise ") + unary_op_name(op) + " of integers",
                      [op](const Device& device) { unary_integers(device, op); });
  }
  for (int i = 0; i < binary_op_count; ++i) {
    const auto op = static_cast<BinaryOp>(i);
    const std::string name = std::string("elementwise ") + binary_op_name(op);
    RegisterOnDevices(name + " agrees with the reference",
                      [op](const Device& device) { binary_layouts(device, op); });
    RegisterOnDevices(name + " of special numbers",
                      [op](const Device& device) { binary_specials(device, op); });
  }
  return true;
}();

const RegisterOnDevices negation("elementwise logical_not agrees with the reference",
                                 [](const Device& device) {
                                   for (const std::size_t n : sizes_on(device)) {
                                     check_unary<std::uint8_t>(device, UnaryOp::logical_not,
                                                               "logical_not", random_bools(n, n));
                                   }
                                 });

const RegisterOnDevices powers(
    "elementwise pow is exact for large and small powers", [](const Device& device) {
      const int n = device.kind() == DeviceKind::cpu ? 40'000 : 4'000;
      Float a = random_floats(n, 1, -80, 80), b = random_floats(n, 2, -40, 40);
      for (int i = 0; i < n; ++i) {
        a[i] = std::exp(a[i]);
        if (i % 3 == 0) a[i] = -a[i], b[i] = std::round(b[i]);
      }
      check_binary<float>(device, BinaryOp::pow, {n}, {n}, a, b);
      // As a double has it: rounded to 53 bits, modulo 2^32.
      Int bases(n), exponents = random_integers(n, 3);
      for (int i = 0; i < n; ++i)
        bases[i] = i % 101 - 50, exponents[i] = std::abs(exponents[i]) % 30;
      check_binary<std::int32_t>(device, BinaryOp::pow, {n}, {n}, bases, exponents);
    });

const RegisterOnDevices addresses(
    "elementwise operands may begin anywhere", [](const Device& device) {
      const Float x = random_floats(46, 1);
      const DeviceArray<float> from(device, x), to(device, 48);
      for (const int columns : {4, 5}) {
        const Shape shape = {4, columns}, row = {columns};
        const auto n = static_cast<std::size_t>(4 * columns), c = static_cast<std::size_t>(columns);
        const std::span<const float> all = from.span();
        binary(device, BinaryOp::subtract, shape, row, all.subspan(1, n), all.subspan(n + 2, c),
               to.span().subspan(4, n));
        const Float y = to.host();
        for (std::size_t i = 0; i < n; ++i) {
          check(y[4 + i] == x[1 + i] - x[n + 2 + i % c], "columns " + std::to_string(columns));
        }
      }
    });

const RegisterOnDevices many("elementwise results of more tiles than blocks",
                             [](const Device& device) {
                               constexpr int n = 280'001;
                               const Float x = random_floats(n, 1, -6, 6), y = random_floats(n, 2);
                               check_unary<std::uint8_t>(device, UnaryOp::is_nan, "is_nan", x);
                               check_binary<float>(device, BinaryOp::subtract, {n}, {n}, x, y);
                               check_binary<float>(device, BinaryOp::subtract, {n}, {}, x, {2.0f});
                             });

const Register large("elementwise results larger than the caches", [] {
  constexpr int n = 3'200'001;
  const Float x = random_floats(n, 1, -6, 6);
  const Int i = random_integers(n, 2);
  check_unary<float>(cpu(), UnaryOp::exp, "exp", x);
  check_unary<std::int32_t>(cpu(), UnaryOp::square, "square", i);
  check_binary<float>(cpu(), BinaryOp::subtract, {n}, {n}, x, x);
  check_binary<float>(cpu(), BinaryOp::subtract, {}, {n}, {3.0f}, x);
  check_binary<std::int32_t>(cpu(), BinaryOp::multiply, {n}, {n}, i, i);
  check_binary<std::uint8_t>(cpu(), BinaryOp::less, {n}, {1}, x, Float{1.5f});
  check_binary<float>(cpu(), BinaryOp::add, {100'001, 33}, {33}, random_floats(3'300'033, 3),
                      random_floats(33, 4));
  check_binary<float>(cpu(), BinaryOp::add, {1001, 1}, {1, 3333}, random_floats(1001, 3),
                      random_floats(3333, 4));
});

const RegisterOnDevices zeros(
    "elementwise maximum and minimum know the sign of zero", [](const Device& device) {
      const DeviceArray<float> a(device, Float{0.0f, -0.0f, -0.0f}),
          b(device, Float{-0.0f, 0.0f, -0.0f}), to(device, 3);
      const Shape shape = {3};
      const auto signs = [&] {
        const Float y = to.host();
        return std::vector<bool>{std::signbit(y[0]), std::signbit(y[1]), std::signbit(y[2])};
      };
      binary(device, BinaryOp::maximum, shape, shape, in(a), in(b), out(to));
      check(signs() == std::vector<bool>{false, false, true}, "maximum");
      binary(device, BinaryOp::minimum, shape, shape, in(a), in(b), out(to));
      check(signs() == std::vector<bool>{true, true, true}, "minimum");
    });

template <typename T>
void check_select(const Device& device, const std::vector<T>& a, const std::vector<T>& b,
                  std::size_t conditions) {
  const std::size_t n = a.size();
  const Bool condition = random_bools(conditions, n);
  std::vector<T> expected(n);
  for (std::size_t i = 0; i < n; ++i) expected[i] = condition[i * conditions / n] ? a[i] : b[i];
  const DeviceArray<T> from_a(device, a), from_b(device, b), y(device, n);
  const DeviceArray<std::uint8_t> choices(device, condition);
  select(device, in(choices), in(from_a), in(from_b), out(y));
  const std::string what = std::to_string(n) + " elements, " + std::to_string(conditions);
  check(y.host() == expected, what);
  select(device, in(choices), in(from_a), in(from_b), out(from_b));
  check(from_b.host() == expected, what + ", in place");
}

const RegisterOnDevices selects("elementwise select", [](const Device& device) {
  for (const std::size_t n : sizes_on(device)) {
    check_select(device, random_floats(n, 1), random_floats(n, 2), n);
    check_select(device, random_integers(n, 1), random_integers(n, 2), n);
    check_select(device, random_bools(n, 1), random_bools(n, 2), n);
  }
  for (const auto& [rows, columns] :
       {std::pair<std::size_t, std::size_t>{1, 5}, {100, 3}, {9000, 4}, {3, 20'000}, {4, 0}}) {
    check_select(device, random_floats(rows * columns, 1), random_floats(rows * columns, 2), rows);
    check_select(device, random_bools(rows * columns, 1), random_bools(rows * columns, 2), rows);
  }
  check_select(device, random_floats(80'001, 1), random_floats(80'001, 2), 80'001);
});

template <typename X>
void check_casts(const Device& device, const std::vector<X>& x) {
  const std::string what = std::to_string(x.size()) + " elements";
  const DeviceArray<X> from(device, x);
  const DeviceArray<float> floats(device, x.size());
  const DeviceArray<std::int32_t> integers(device, x.size());
  const DeviceArray<std::uint8_t> bools(device, x.size());
  Int expected(x.size());
  Bool truths(x.size());
  cast(device, in(from), out(floats));
  cast(device, in(from), out(integers));
  cast(device, in(from), out(bools));
  for (std::size_t i = 0; i < x.size(); ++i) {
    expected[i] = reference::to_int32(static_cast<double>(x[i]));
    truths[i] = x[i] != 0;
  }
  expect_same(device, what + " to float32", floats.host(), rounded<float>(x));
  expect_same(device, what + " to int32", integers.host(), expected);
  expect_same(device, what + " to bool", bools.host(), truths);
}

const RegisterOnDevices casts("elementwise cast", [](const Device& device) {
  for (const std::size_t n : sizes_on(device)) {
    check_casts(device, random_floats(n, 1, -3, 3));
    check_casts(device, random_integers(n, 1));
    check_casts(device, random_bools(n, 1));
  }
  check_casts(device, special_floats);
  check_casts(device, special_integers);
  check_casts(device, all_floats(device));
  check_casts(device, random_floats(1000, 1, -2e10f, 2e10f));
});

const Register refused("elementwise refuses what does not fit", [] {
  constexpr ErrorCode invalid = ErrorCode::invalid_argument;
  Float four(4), three(3);
  Int integers(4);
  Bool bools(4);
  const auto unary_of = [&](UnaryOp op, TensorView x, MutableTensorView y) {
    return [=] { unary(cpu(), op, {}, x, y); };
  };
  expect_error(invalid, "relu: y must have 4 elements, not 3",
               unary_of(UnaryOp::relu, in(four), out(three)));
  expect_error(invalid, "exp does not take int32 tensors",
               unary_of(UnaryOp::exp, in(integers), out(integers)));
  expect_error(invalid, "logical_not does not take float32 tensors",
               unary_of(UnaryOp::logical_not, in(four), out(bools)));
  expect_error(invalid, "is_nan: y must be bool, not float32",
               unary_of(UnaryOp::is_nan, in(four), out(four)));

  const auto binary_of = [&](BinaryOp op, Shape a_shape, Shape b_shape, TensorView a, TensorView b,
                             MutableTensorView y) {
    return [=] { binary(cpu(), op, a_shape, b_shape, a, b, y); };
  };
  const TensorView x = in(four);
  const MutableTensorView y = out(four);
  const auto add = [&](Shape a_shape, Shape b_shape) {
    return binary_of(BinaryOp::add, a_shape, b_shape, x, x, y);
  };
  expect_error(invalid, "add: shapes [4] and [3] do not go together", add({4}, {3}));
  expect_error(invalid, "add: shapes [2,2] and [0] do not go together", add({2, 2}, {0}));
  expect_error(invalid, "add: a must have 5 elements, not 4", add({5}, {1}));
  expect_error(invalid, "add: b must have 2 elements, not 4", add({4}, {2, 1}));
  expect_error(invalid, "add: y must have 16 elements, not 4", add({4, 1}, {4}));
  expect_error(invalid, "add: the sizes of a must be 0 or more, not -4", add({-4}, {1}));
  expect_error(invalid, "add: shapes must have at most 8 axes, not 9",
               add({1, 1, 1, 1, 1, 1, 1, 1, 4}, {4}));
  expect_error(invalid, "add: a would have 2^31 elements or more", add({65536, 65536, 0}, {1}));
  expect_error(invalid, "add: b must be float32, not int32",
               binary_of(BinaryOp::add, {4}, {4}, x, in(integers), y));
  expect_error(invalid, "add: y must be float32, not bool",
               binary_of(BinaryOp::add, {4}, {4}, x, x, out(bools)));
  expect_error(invalid, "less: y must be bool, not float32",
               binary_of(BinaryOp::less, {4}, {4}, x, x, y));
  expect_error(invalid, "logical_or does not take float32 tensors",
               binary_of(BinaryOp::logical_or, {4}, {4}, x, x, y));
  expect_error(invalid, "bitwise_and does not take float32 tensors",
               binary_of(BinaryOp::bitwise_and, {4}, {4}, x, x, y));
  const TensorView i = in(integers);
  expect_error(invalid, "atan2 does not take int32 tensors",
               binary_of(BinaryOp::atan2, {4}, {4}, i, i, out(integers)));

  const TensorView condition = in(bools);
  expect_error(invalid, "select: condition must be bool, not float32",
               [&] { select(cpu(), x, x, x, y); });
  expect_error(invalid, "select: b must be float32, not int32",
               [&] { select(cpu(), condition, x, i, y); });
  expect_error(invalid, "select: a must have 3 elements, not 4",
               [&] { select(cpu(), condition, x, x, out(three)); });
  expect_error(invalid, "select: condition has 4 elements, which do not divide the 3 of y",
               [&] { select(cpu(), condition, in(three), in(three), out(three)); });
  expect_error(invalid, "cast: y must have 4 elements, not 3", [&] { cast(cpu(), x, out(three)); });
});

}  // namespace
}  // namespace trialforge::testing
