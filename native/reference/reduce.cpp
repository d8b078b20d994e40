#include "reference/reduce.h"

#include <cmath>

namespace trialforge::reference {
namespace {

double of_nothing(ReduceOp op) {
  switch (op) {
    case ReduceOp::max:
      return -INFINITY;
    case ReduceOp::min:
      return INFINITY;
    case ReduceOp::prod:
    case ReduceOp::all:
      return 1;
    default:
      return 0;
  }
}

double step(ReduceOp op, double a, double b) {
  switch (op) {
    case ReduceOp::max:
      return std::isnan(a) || std::isnan(b) ? NAN : std::fmax(a, b);
    case ReduceOp::min:
      return std::isnan(a) || std::isnan(b) ? NAN : std::fmin(a, b);
    case ReduceOp::prod:
      return a * b;
    case ReduceOp::all:
      return a != 0 && b != 0;
    case ReduceOp::any:
      return a != 0 || b != 0;
    default:
      return a + b;
  }
}

/** Calls body(position in y, position of x[o, 0, i]). */
template <typename Body>
void each_output(const ReduceShape& s, Body body) {
  for (std::size_t o = 0; o < static_cast<std::size_t>(s.outer); ++o) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(s.inner); ++i) {
      body(o * s.inner + i, o * s.reduced * s.inner + i);
    }
  }
}

}  // namespace

void reduce(ReduceOp op, const ReduceShape& s, std::span<const double> x, std::span<double> y) {
  each_output(s, [&](std::size_t to, std::size_t from) {
    double result = of_nothing(op);
    for (int r = 0; r < s.reduced; ++r) {
      result = step(op, result, x[from + static_cast<std::size_t>(r) * s.inner]);
    }
    y[to] = op == ReduceOp::mean ? result / s.reduced : result;
  });
}

void arg_reduce(ArgOp op, const ReduceShape& s, std::span<const double> x,
                std::span<std::int32_t> y) {
  each_output(s, [&](std::size_t to, std::size_t from) {
    const auto at = [&](int r) { return x[from + static_cast<std::size_t>(r) * s.inner]; };
    y[to] = 0;
    for (int r = 1; r < s.reduced; ++r) {
      const bool better = op == ArgOp::max ? at(r) > at(y[to]) : at(r) < at(y[to]);
      if (better) y[to] = r;
    }
  });
}

}  // namespace trialforge::reference
