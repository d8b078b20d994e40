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

const Device& cpu() { return test_device(DeviceKind::cpu); }

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

/** Exact but for floats, which may be off by a few units in the last place. */
template <typename T>
void expect_same(const std::string& what, const std::vector<T>& actual,
                 const std::vector<T>& expected) {
  if constexpr (std::is_same_v<T, float>) {
    expect_close(what, actual, expected, std::numeric_limits<float>::min(),
                 4 * std::numeric_limits<float>::epsilon());
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
void check_unary(UnaryOp op, const std::string& what, const std::vector<X>& x) {
  std::vector<X> from = x;
  from.insert(from.begin(), X{3});
  std::vector<Y> y(x.size() + 4, Y{77});
  unary(cpu(), op, parameters, std::span<const X>(from).subspan(1),
        std::span(y).subspan(3, x.size()));
  check(y[2] == Y{77} && y.back() == Y{77}, what + ": writes beside y");
  expect_same<Y>(what, {y.begin() + 3, y.end() - 1}, expected_unary<Y>(op, x));
  if constexpr (std::is_same_v<X, Y>) {
    std::vector<X> in_place = x;
    unary(cpu(), op, parameters, in(in_place), out(in_place));
    expect_same(what + ", in place", in_place, expected_unary<Y>(op, x));
  }
}

/** One of every `step` of all the floats there are. */
Float all_floats(std::uint64_t step) {
  Float x;
  for (std::uint64_t bits = 0; bits < std::uint64_t{1} << 32; bits += step) {
    x.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  }
  return x;
}

const auto is_test = [](UnaryOp op) { return op >= UnaryOp::is_finite && op <= UnaryOp::is_nan; };
const UnaryOp integer_ops[] = {UnaryOp::abs,   UnaryOp::clip, UnaryOp::neg,    UnaryOp::relu,
                               UnaryOp::relu6, UnaryOp::sign, UnaryOp::square, UnaryOp::step};

void unary_floats(UnaryOp op) {
  const std::string name = unary_op_name(op);
  const auto on = [&](const std::string& what, const Float& x) {
    is_test(op) ? check_unary<std::uint8_t>(op, what, x) : check_unary<float>(op, what, x);
  };
  for (const std::size_t n : sizes)
    on(name + " of " + std::to_string(n), random_floats(n, n, -6, 6));
  on(name + " of special numbers", special_floats);
  on(name + " of all floats", all_floats(39'989));
}

void unary_integers(UnaryOp op) {
  const std::string name = unary_op_name(op);
  for (const std::size_t n : sizes) {
    check_unary<std::int32_t>(op, name + " of " + std::to_string(n), random_integers(n, n));
  }
  check_unary<std::int32_t>(op, name + " of special numbers", special_integers);
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

template <typename Y, typename T>
void check_binary(BinaryOp op, const Shape& a_shape, const Shape& b_shape, const std::vector<T>& a,
                  const std::vector<T>& b) {
  const std::string what =
      std::string(binary_op_name(op)) + " of " + text(a_shape) + " and " + text(b_shape);
  const std::size_t n = size_of(reference::broadcast_shape(a_shape, b_shape));
  std::vector<Y> y(n + 4, Y{77});
  binary(cpu(), op, a_shape, b_shape, in(a), in(b), std::span(y).subspan(3, n));
  check(y[2] == Y{77} && y.back() == Y{77}, what + ": writes beside y");
  const std::vector<Y> expected = expected_binary<Y>(op, a_shape, b_shape, a, b, n);
  expect_same<Y>(what, {y.begin() + 3, y.end() - 1}, expected);
  if constexpr (std::is_same_v<T, Y>) {
    if (a_shape == b_shape) {
      std::vector<T> in_place = b;
      binary(cpu(), op, a_shape, b_shape, in(a), in(in_place), out(in_place));
      expect_same(what + ", in place", in_place, expected);
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
void check_types(BinaryOp op, const Shape& a_shape, const Shape& b_shape) {
  const std::size_t a = size_of(a_shape), b = size_of(b_shape);
  if (takes_floats(op)) {
    const Float x = random_floats(a, a + 1, -6, 6), y = random_floats(b, b + 2, -6, 6);
    compares(op) ? check_binary<std::uint8_t>(op, a_shape, b_shape, x, y)
                 : check_binary<float>(op, a_shape, b_shape, x, y);
  }
  if (takes_integers(op)) {
    const Int x = random_integers(a, a + 1), y = random_integers(b, b + 2);
    compares(op) ? check_binary<std::uint8_t>(op, a_shape, b_shape, x, y)
                 : check_binary<std::int32_t>(op, a_shape, b_shape, x, y);
  }
  if (takes_bools(op)) {
    check_binary<std::uint8_t>(op, a_shape, b_shape, random_bools(a, a + 1),
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

void binary_layouts(BinaryOp op) {
  for (const std::size_t n : sizes) {
    const int columns = static_cast<int>(n);
    check_types(op, {columns}, {columns});
    check_types(op, {}, {columns});
    check_types(op, {columns}, {1});
  }
  for (const auto& [a, b] : broadcasts) check_types(op, a, b);
}

/** Every pair of them, in two layouts. */
void binary_specials(BinaryOp op) {
  const auto pairs = [&]<typename T>(const std::vector<T>& values) {
    const int n = static_cast<int>(values.size());
    std::vector<T> a, b;
    for (const T x : values) {
      for (const T y : values) a.push_back(x), b.push_back(y);
    }
    const auto both = [&]<typename Y>(Y) {
      check_binary<Y>(op, {n, 1}, {n}, values, values);
      check_binary<Y>(op, {n * n}, {n * n}, a, b);
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
    Register(name + " agrees with the reference", [op] { unary_floats(op); });
  }
  for (const UnaryOp op : integer_ops) {
    Register(std::string("elementwise ") + unary_op_name(op) + " of integers",
             [op] { unary_integers(op); });
  }
  for (int i = 0; i < binary_op_count; ++i) {
    const auto op = static_cast<BinaryOp>(i);
    const std::string name = std::string("elementwise ") + binary_op_name(op);
    Register(name + " agrees with the reference", [op] { binary_layouts(op); });
    Register(name + " of special numbers", [op] { binary_specials(op); });
  }
  return true;
}();

const Register negation("elementwise logical_not agrees with the reference", [] {
  for (const std::size_t n : sizes) {
    check_unary<std::uint8_t>(UnaryOp::logical_not, "logical_not", random_bools(n, n));
  }
});

const Register powers("elementwise pow is exact for large and small powers", [] {
  constexpr std::size_t n = 40'000;
  Float a = random_floats(n, 1, -80, 80), b = random_floats(n, 2, -40, 40);
  for (std::size_t i = 0; i < n; ++i) {
    a[i] = std::exp(a[i]);
    if (i % 3 == 0) a[i] = -a[i], b[i] = std::round(b[i]);
  }
  check_binary<float>(BinaryOp::pow, {n}, {n}, a, b);
});

const Register large("elementwise results larger than the caches", [] {
  constexpr int n = 3'200'001;
  const Float x = random_floats(n, 1, -6, 6);
  const Int i = random_integers(n, 2);
  check_unary<float>(UnaryOp::exp, "exp", x);
  check_unary<std::int32_t>(UnaryOp::square, "square", i);
  check_binary<float>(BinaryOp::subtract, {n}, {n}, x, x);
  check_binary<float>(BinaryOp::subtract, {}, {n}, {3.0f}, x);
  check_binary<std::int32_t>(BinaryOp::multiply, {n}, {n}, i, i);
  check_binary<std::uint8_t>(BinaryOp::less, {n}, {1}, x, Float{1.5f});
  check_binary<float>(BinaryOp::add, {100'001, 33}, {33}, random_floats(3'300'033, 3),
                      random_floats(33, 4));
  check_binary<float>(BinaryOp::add, {1001, 1}, {1, 3333}, random_floats(1001, 3),
                      random_floats(3333, 4));
});

const Register zeros("elementwise maximum and minimum know the sign of zero", [] {
  const Float a = {0.0f, -0.0f, -0.0f}, b = {-0.0f, 0.0f, -0.0f};
  const Shape shape = {3};
  Float y(3);
  const auto signs = [&] {
    return std::vector<bool>{std::signbit(y[0]), std::signbit(y[1]), std::signbit(y[2])};
  };
  binary(cpu(), BinaryOp::maximum, shape, shape, in(a), in(b), out(y));
  check(signs() == std::vector<bool>{false, false, true}, "maximum");
  binary(cpu(), BinaryOp::minimum, shape, shape, in(a), in(b), out(y));
  check(signs() == std::vector<bool>{true, true, true}, "minimum");
});

template <typename T>
void check_select(const std::vector<T>& a, const std::vector<T>& b, std::size_t conditions) {
  const std::size_t n = a.size();
  const Bool condition = random_bools(conditions, n);
  std::vector<T> y(n), expected(n);
  for (std::size_t i = 0; i < n; ++i) expected[i] = condition[i * conditions / n] ? a[i] : b[i];
  select(cpu(), in(condition), in(a), in(b), out(y));
  const std::string what = std::to_string(n) + " elements, " + std::to_string(conditions);
  check(y == expected, what);
  y = b;
  select(cpu(), in(condition), in(a), in(y), out(y));
  check(y == expected, what + ", in place");
}

const Register selects("elementwise select", [] {
  for (const std::size_t n : sizes) {
    check_select(random_floats(n, 1), random_floats(n, 2), n);
    check_select(random_integers(n, 1), random_integers(n, 2), n);
    check_select(random_bools(n, 1), random_bools(n, 2), n);
  }
  for (const auto& [rows, columns] :
       {std::pair<std::size_t, std::size_t>{1, 5}, {100, 3}, {9000, 4}, {3, 20'000}, {4, 0}}) {
    check_select(random_floats(rows * columns, 1), random_floats(rows * columns, 2), rows);
    check_select(random_bools(rows * columns, 1), random_bools(rows * columns, 2), rows);
  }
});

template <typename X>
void check_casts(const std::vector<X>& x) {
  const std::string what = std::to_string(x.size()) + " elements";
  Float floats(x.size());
  Int integers(x.size()), expected(x.size());
  Bool bools(x.size()), truths(x.size());
  cast(cpu(), in(x), out(floats));
  cast(cpu(), in(x), out(integers));
  cast(cpu(), in(x), out(bools));
  for (std::size_t i = 0; i < x.size(); ++i) {
    expected[i] = reference::to_int32(static_cast<double>(x[i]));
    truths[i] = x[i] != 0;
  }
  expect_same(what + " to float32", floats, rounded<float>(x));
  expect_same(what + " to int32", integers, expected);
  expect_same(what + " to bool", bools, truths);
}

const Register casts("elementwise cast", [] {
  for (const std::size_t n : sizes) {
    check_casts(random_floats(n, 1, -3, 3));
    check_casts(random_integers(n, 1));
    check_casts(random_bools(n, 1));
  }
  check_casts(special_floats);
  check_casts(special_integers);
  check_casts(all_floats(39'989));
  check_casts(random_floats(1000, 1, -2e10f, 2e10f));
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
