// Functions of two elements, row by row.
#include <cmath>
#include <limits>
#include <type_traits>

#include "cpu/kernels/declarations.h"
#include "cpu/kernels/math.h"
#include "cpu/kernels/power.h"
#include "cpu/kernels/simd.h"

namespace trialforge::cpu::TRIALFORGE_ISA {
namespace {

typedef std::uint32_t WordVector __attribute__((vector_size(4 * kWidth)));

WordVector words(IntVector x) { return reinterpret_cast<WordVector>(x); }
IntVector integers(WordVector x) { return reinterpret_cast<IntVector>(x); }

/** An operand that has an element for every column. */
template <typename T>
struct Elements {
  const T* x;
  auto whole(std::ptrdiff_t i) const { return load(x + i); }
  auto partial(std::ptrdiff_t i, int count) const { return load_partial(x + i, count); }
};

/** An operand that is the same in all columns. */
template <typename T>
struct Repeated {
  decltype(broadcast(T{})) x;
  auto whole(std::ptrdiff_t) const { return x; }
  auto partial(std::ptrdiff_t, int) const { return x; }
};

template <typename T, typename A, typename B, typename F>
inline void row_of_vectors(const A& a, const B& b, T* y, std::ptrdiff_t n, bool past_caches, F f) {
  std::ptrdiff_t i = 0;
  if (past_caches) {
    const int head = elements_to_alignment(y, static_cast<std::size_t>(n));
    store_partial(y, f(a.partial(0, head), b.partial(0, head)), head);
    for (i = head; i + kWidth <= n; i += kWidth) stream(y + i, f(a.whole(i), b.whole(i)));
  }
  for (; i + kWidth <= n; i += kWidth) store(y + i, f(a.whole(i), b.whole(i)));
  if (i < n) {
    const int rest = static_cast<int>(n - i);
    store_partial(y + i, f(a.partial(i, rest), b.partial(i, rest)), rest);
  }
}

/** f takes and gives vectors of T. */
template <typename T, typename F>
void vectors(const BinaryRows& p, F f) {
  const T* a = static_cast<const T*>(p.a);
  const T* b = static_cast<const T*>(p.b);
  T* y = static_cast<T*>(p.y);
  for (std::ptrdiff_t r = 0; r < p.rows; ++r, a += p.a_row, b += p.b_row, y += p.columns) {
    if (p.a_is_column) {
      row_of_vectors(Repeated<T>{broadcast(*a)}, Elements<T>{b}, y, p.columns, p.past_caches, f);
    } else if (p.b_is_column) {
      row_of_vectors(Elements<T>{a}, Repeated<T>{broadcast(*b)}, y, p.columns, p.past_caches, f);
    } else {
      row_of_vectors(Elements<T>{a}, Elements<T>{b}, y, p.columns, p.past_caches, f);
    }
  }
  if (p.past_caches) fence_stores();
}

/** f takes elements T and gives Y; simple enough for the compiler to make vectors of the loops. */
template <typename T, typename Y, typename F>
void loops(const BinaryRows& p, F f) {
  const std::ptrdiff_t rows = p.rows, columns = p.columns, a_row = p.a_row, b_row = p.b_row;
  const bool a_is_column = p.a_is_column, b_is_column = p.b_is_column;
  const T* a = static_cast<const T*>(p.a);
  const T* b = static_cast<const T*>(p.b);
  Y* y = static_cast<Y*>(p.y);
  for (std::ptrdiff_t r = 0; r < rows; ++r, a += a_row, b += b_row, y += columns) {
    if (a_is_column) {
      const T repeated = *a;
      for (std::ptrdiff_t i = 0; i < columns; ++i) y[i] = static_cast<Y>(f(repeated, b[i]));
    } else if (b_is_column) {
      const T repeated = *b;
      for (std::ptrdiff_t i = 0; i < columns; ++i) y[i] = static_cast<Y>(f(a[i], repeated));
    } else {
      for (std::ptrdiff_t i = 0; i < columns; ++i) y[i] = static_cast<Y>(f(a[i], b[i]));
    }
  }
}

/** f takes and gives elements T, and is not for vectors: one loop for all layouts. */
template <typename T, typename F>
void one_by_one(const BinaryRows& p, F f) {
  const T* a = static_cast<const T*>(p.a);
  const T* b = static_cast<const T*>(p.b);
  T* y = static_cast<T*>(p.y);
  const std::ptrdiff_t a_step = p.a_is_column ? 0 : 1, b_step = p.b_is_column ? 0 : 1;
  for (std::ptrdiff_t r = 0; r < p.rows; ++r, a += p.a_row, b += p.b_row, y += p.columns) {
    for (std::ptrdiff_t i = 0; i < p.columns; ++i) y[i] = f(a[i * a_step], b[i * b_step]);
  }
}

template <typename T>
void compare(BinaryOp op, const BinaryRows& p) {
  switch (op) {
    case BinaryOp::not_equal:
      return loops<T, std::uint8_t>(p, [](T a, T b) { return a != b; });
    case BinaryOp::less:
      return loops<T, std::uint8_t>(p, [](T a, T b) { return a < b; });
    case BinaryOp::less_equal:
      return loops<T, std::uint8_t>(p, [](T a, T b) { return a <= b; });
    case BinaryOp::greater:
      return loops<T, std::uint8_t>(p, [](T a, T b) { return a > b; });
    case BinaryOp::greater_equal:
      return loops<T, std::uint8_t>(p, [](T a, T b) { return a >= b; });
    default:
      return loops<T, std::uint8_t>(p, [](T a, T b) { return a == b; });
  }
}

/** rem has the sign of a; where a and b differ in it, tfjs adds b and takes the remainder again. */
double floats_mod(double a, double b) {
  const double rem = std::fmod(a, b);
  if ((a < 0 && b < 0) || (a >= 0 && b >= 0)) return rem;
  return std::fmod(rem + b, b);
}

void binary_floats(BinaryOp op, const BinaryRows& p) {
  switch (op) {
    case BinaryOp::add:
      return vectors<float>(p, [](Vector a, Vector b) { return a + b; });
    case BinaryOp::subtract:
      return vectors<float>(p, [](Vector a, Vector b) { return a - b; });
    case BinaryOp::multiply:
      return vectors<float>(p, [](Vector a, Vector b) { return a * b; });
    case BinaryOp::divide:
      return vectors<float>(p, [](Vector a, Vector b) { return a / b; });
    case BinaryOp::floor_divide:
      // A float quotient could be rounded up to an integer.
      return loops<float, float>(
          p, [](float a, float b) { return std::floor(static_cast<double>(a) / b); });
    case BinaryOp::mod:
      return one_by_one<float>(
          p, [](float a, float b) { return static_cast<float>(floats_mod(a, b)); });
    case BinaryOp::maximum:
      // a + b is NaN where one of them is. Equal numbers may be zeros: the positive one is larger.
      return vectors<float>(p, [](Vector a, Vector b) {
        const Vector equal = bits_to_float(float_bits(a) & float_bits(b));
        return a > b ? a : a < b ? b : a == b ? equal : a + b;
      });
    case BinaryOp::minimum:
      return vectors<float>(p, [](Vector a, Vector b) {
        const Vector equal = bits_to_float(float_bits(a) | float_bits(b));
        return a < b ? a : a > b ? b : a == b ? equal : a + b;
      });
    case BinaryOp::pow:
      return vectors<float>(p, [](Vector a, Vector b) { return power(a, b); });
    case BinaryOp::squared_difference:
      return vectors<float>(p, [](Vector a, Vector b) { return (a - b) * (a - b); });
    case BinaryOp::atan2:
      return one_by_one<float>(p, [](float a, float b) { return std::atan2(a, b); });
    case BinaryOp::relu_grad:
      return vectors<float>(p, [](Vector dy, Vector x) {
        return x > 0.0f ? dy : x <= 0.0f ? Vector{} : x;
      });
    case BinaryOp::elu_grad:
      return vectors<float>(p,
                            [](Vector dy, Vector y) { return y >= 0.0f ? dy : dy * (y + 1.0f); });
    case BinaryOp::prelu:
      return vectors<float>(p, [](Vector x, Vector alpha) { return x < 0.0f ? x * alpha : x; });
    default:
      break;
  }
}

/** Truncated, wrapped; 0 where b is 0. */
std::int32_t quotient(std::int32_t a, std::int32_t b) {
  const double q = static_cast<double>(a) / (b == 0 ? 1 : b);
  const std::int32_t truncated = static_cast<std::int32_t>(q < 2147483648.0 ? q : -2147483648.0);
  return b == 0 ? 0 : truncated;
}

std::int32_t floor_quotient(std::int32_t a, std::int32_t b) {
  const double q = static_cast<double>(a) / (b == 0 ? 1 : b);
  const double wrapped = q < 2147483648.0 ? q : -2147483648.0;
  const std::int32_t truncated = static_cast<std::int32_t>(wrapped);
  return b == 0 ? 0 : truncated - (truncated > wrapped ? 1 : 0);
}

std::int32_t integers_mod(std::int32_t a, std::int32_t b) {
  if (b == 0 || b == -1) return 0;
  const std::int32_t rem = a % b;
  return (a < 0) == (b < 0) ? rem : (rem + b) % b;
}

std::int32_t integers_power(std::int32_t a, std::int32_t b) {
  return to_int32(std::pow(static_cast<double>(a), static_cast<double>(b)));
}

void binary_integers(BinaryOp op, const BinaryRows& p) {
  using Int = std::int32_t;
  switch (op) {
    case BinaryOp::add:
      return vectors<Int>(p,
                          [](IntVector a, IntVector b) { return integers(words(a) + words(b)); });
    case BinaryOp::subtract:
      return vectors<Int>(p,
                          [](IntVector a, IntVector b) { return integers(words(a) - words(b)); });
    case BinaryOp::multiply:
      return vectors<Int>(p,
                          [](IntVector a, IntVector b) { return integers(words(a) * words(b)); });
    case BinaryOp::divide:
      return loops<Int, Int>(p, [](Int a, Int b) { return quotient(a, b); });
    case BinaryOp::floor_divide:
      return loops<Int, Int>(p, [](Int a, Int b) { return floor_quotient(a, b); });
    case BinaryOp::mod:
      return one_by_one<Int>(p, [](Int a, Int b) { return integers_mod(a, b); });
    case BinaryOp::maximum:
      return vectors<Int>(p, [](IntVector a, IntVector b) { return a > b ? a : b; });
    case BinaryOp::minimum:
      return vectors<Int>(p, [](IntVector a, IntVector b) { return a < b ? a : b; });
    case BinaryOp::pow:
      return one_by_one<Int>(p, [](Int a, Int b) { return integers_power(a, b); });
    case BinaryOp::squared_difference:
      return vectors<Int>(p, [](IntVector a, IntVector b) {
        const WordVector difference = words(a) - words(b);
        return integers(difference * difference);
      });
    case BinaryOp::bitwise_and:
      return vectors<Int>(p, [](IntVector a, IntVector b) { return a & b; });
    default:
      break;
  }
}

}  // namespace

void binary(BinaryOp op, DType type, const BinaryRows& p) {
  using Byte = std::uint8_t;
  switch (op) {
    case BinaryOp::equal:
    case BinaryOp::not_equal:
    case BinaryOp::less:
    case BinaryOp::less_equal:
    case BinaryOp::greater:
    case BinaryOp::greater_equal:
      if (type == DType::float32) return compare<float>(op, p);
      if (type == DType::int32) return compare<std::int32_t>(op, p);
      return compare<Byte>(op, p);
    case BinaryOp::logical_and:
      return loops<Byte, Byte>(p, [](Byte a, Byte b) { return (a != 0) & (b != 0); });
    case BinaryOp::logical_or:
      return loops<Byte, Byte>(p, [](Byte a, Byte b) { return (a | b) != 0; });
    default:
      break;
  }
  if (type == DType::int32) return binary_integers(op, p);
  binary_floats(op, p);
}

}  // namespace trialforge::cpu::TRIALFORGE_ISA
