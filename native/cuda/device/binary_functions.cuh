// Functions of two elements, by the rules of trialforge/elementwise.h.
#pragma once

#include <cstdint>

namespace trialforge::cuda::device {

// --- float32 to float32

struct Add {
  __device__ float operator()(float a, float b) const { return a + b; }
};
struct Subtract {
  __device__ float operator()(float a, float b) const { return a - b; }
};
struct Multiply {
  __device__ float operator()(float a, float b) const { return a * b; }
};
struct Divide {
  __device__ float operator()(float a, float b) const { return a / b; }
};
struct FloorDivide {
  __device__ float operator()(float a, float b) const {
    // A float quotient could be rounded up to an integer.
    return static_cast<float>(floor(static_cast<double>(a) / b));
  }
};
struct Mod {
  __device__ float operator()(float a, float b) const {
    const float rem = fmodf(a, b);
    if ((a < 0 && b < 0) || (a >= 0 && b >= 0)) return rem;
    // TensorFlow.js takes the remainder of rem + b again, which lies between 0 and b.
    const double sum = static_cast<double>(rem) + b;
    return static_cast<float>(fabs(sum) < fabsf(b) ? sum : copysign(sum - b, b));
  }
};
// a + b is NaN where one of them is. Equal numbers may be zeros: the positive one is larger.
struct MaximumOrNan {
  __device__ float operator()(float a, float b) const {
    return a > b ? a : a < b ? b : a == b ? (signbit(a) ? b : a) : a + b;
  }
};
struct MinimumOrNan {
  __device__ float operator()(float a, float b) const {
    return a < b ? a : a > b ? b : a == b ? (signbit(a) ? a : b) : a + b;
  }
};
/** Where C has 1 for a power of 1 or -1, JavaScript has NaN: if the exponent is NaN or infinite. */
struct Pow {
  __device__ float operator()(float a, float b) const {
    if (fabsf(a) == 1 && !(fabsf(b) < INFINITY)) return NAN;
    return powf(a, b);
  }
};
struct SquaredDifference {
  __device__ float operator()(float a, float b) const { return (a - b) * (a - b); }
};
struct Atan2 {
  __device__ float operator()(float a, float b) const { return atan2f(a, b); }
};
struct ReluGrad {
  __device__ float operator()(float dy, float x) const { return x > 0 ? dy : x <= 0 ? 0.0f : x; }
};
struct EluGrad {
  __device__ float operator()(float dy, float y) const { return y >= 0 ? dy : dy * (y + 1); }
};
struct Prelu {
  __device__ float operator()(float x, float alpha) const { return x < 0 ? alpha * x : x; }
};

// --- Any type to bool8

struct Equal {
  template <typename T>
  __device__ std::uint8_t operator()(T a, T b) const {
    return a == b;
  }
};
struct NotEqual {
  template <typename T>
  __device__ std::uint8_t operator()(T a, T b) const {
    return a != b;
  }
};
struct Less {
  template <typename T>
  __device__ std::uint8_t operator()(T a, T b) const {
    return a < b;
  }
};
struct LessEqual {
  template <typename T>
  __device__ std::uint8_t operator()(T a, T b) const {
    return a <= b;
  }
};
struct LogicalAnd {
  __device__ std::uint8_t operator()(std::uint8_t a, std::uint8_t b) const {
    return a != 0 && b != 0;
  }
};
struct LogicalOr {
  __device__ std::uint8_t operator()(std::uint8_t a, std::uint8_t b) const { return (a | b) != 0; }
};

// --- int32 to int32, modulo 2^32

struct IntAdd {
  __device__ std::int32_t operator()(std::int32_t a, std::int32_t b) const {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
  }
};
struct IntSubtract {
  __device__ std::int32_t operator()(std::int32_t a, std::int32_t b) const {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) - static_cast<std::uint32_t>(b));
  }
};
struct IntMultiply {
  __device__ std::int32_t operator()(std::int32_t a, std::int32_t b) const {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) * static_cast<std::uint32_t>(b));
  }
};
/** Truncated; what is divided by 0 is 0. */
struct IntDivide {
  __device__ std::int32_t operator()(std::int32_t a, std::int32_t b) const {
    if (b == -1) return IntSubtract{}(0, a);
    return b == 0 ? 0 : a / b;
  }
};
struct IntFloorDivide {
  __device__ std::int32_t operator()(std::int32_t a, std::int32_t b) const {
    const std::int32_t truncated = IntDivide{}(a, b);
    const bool is_rounded_up = b != 0 && b != -1 && (a < 0) != (b < 0) && truncated * b != a;
    return truncated - (is_rounded_up ? 1 : 0);
  }
};
struct IntMod {
  __device__ std::int32_t operator()(std::int32_t a, std::int32_t b) const {
    if (b == 0 || b == -1) return 0;
    const std::int32_t rem = a % b;
    return (a < 0) == (b < 0) ? rem : (rem + b) % b;
  }
};
struct IntMaximum {
  __device__ std::int32_t operator()(std::int32_t a, std::int32_t b) const { return a > b ? a : b; }
};
struct IntMinimum {
  __device__ std::int32_t operator()(std::int32_t a, std::int32_t b) const { return a < b ? a : b; }
};
/** The power as a double, correctly rounded, modulo 2^32. */
struct IntPow {
  __device__ std::int32_t operator()(std::int32_t a, std::int32_t b) const {
    if (b == 0 || a == 1) return 1;
    const bool is_negative = a < 0 && b % 2 != 0;
    std::uint32_t magnitude = static_cast<std::uint32_t>(a);
    if (a < 0) magnitude = 0u - magnitude;
    if (magnitude == 1) return is_negative ? -1 : 1;
    if (magnitude == 0 || b < 0) return 0;
    // From 2^84 on, doubles are multiples of 2^32.
    unsigned __int128 power = 1;
    for (; b > 0; --b) {
      power *= magnitude;
      if (power >> 84 != 0) return 0;
    }
    int shift = 0;
    while (power >> shift >> 53 != 0) ++shift;
    if (shift > 0) {
      const auto half = static_cast<unsigned __int128>(1) << (shift - 1);
      const auto odd = (power >> shift) & 1;
      power = (power + (half - 1) + odd) >> shift << shift;
    }
    const auto bits = static_cast<std::uint32_t>(power);
    return static_cast<std::int32_t>(is_negative ? 0u - bits : bits);
  }
};
struct IntSquaredDifference {
  __device__ std::int32_t operator()(std::int32_t a, std::int32_t b) const {
    const std::int32_t difference = IntSubtract{}(a, b);
    return IntMultiply{}(difference, difference);
  }
};
struct IntBitwiseAnd {
  __device__ std::int32_t operator()(std::int32_t a, std::int32_t b) const { return a & b; }
};

}  // namespace trialforge::cuda::device
