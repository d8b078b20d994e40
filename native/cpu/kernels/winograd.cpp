// The linear maps of Winograd's minimal filtering between pixels and transform positions, and their
// adjoints, vectorised over channels (Lavin & Gray 2016, arXiv:1509.09308).
//
// Six points serve both kernel sizes: 0, ±sqrt(1/2), ±sqrt(2) and infinity, F(4, 3) and F(2, 5).
// With points p and 1/p the powers stay near 1, which keeps the rounding errors of float small.
#include "cpu/kernels/declarations.h"
#include "cpu/kernels/simd.h"

namespace trialforge::cpu::TRIALFORGE_ISA {
namespace {

constexpr int kPoints = kWinogradPoints;
constexpr float kA = 0.70710678118654752f, kB = 1.41421356237309505f;  // the positive points
constexpr float kA2 = 0.5f, kB2 = 2.0f;
// 1 / prod (p - q) over the other finite points q.
constexpr float kScaleA = -2.0f / 3, kScaleB = 1.0f / 6;

/** A set of points' values of a polynomial of N coefficients: even and odd parts at ±p. */
template <int N>
inline void evaluate(const Vector (&c)[N], Vector (&even)[2], Vector (&odd)[2]) {
  even[0] = c[0];
  even[1] = c[0];
  odd[0] = kA * c[1];
  odd[1] = kB * c[1];
  float a = kA2, b = kB2;
#pragma GCC unroll 4
  for (int k = 2; k < N; k += 2) {
    even[0] += a * c[k];
    even[1] += b * c[k];
    if (k + 1 < N) {
      odd[0] += (a * kA) * c[k + 1];
      odd[1] += (b * kB) * c[k + 1];
    }
    a *= kA2;
    b *= kB2;
  }
}

/** The adjoint of the above: coefficients from sums and differences over ±p. */
template <int N>
inline void interpolate(Vector sum_a, Vector sum_b, Vector difference_a, Vector difference_b,
                        Vector (&c)[N]) {
  c[0] += sum_a + sum_b;
  c[1] += kA * difference_a + kB * difference_b;
  float a = kA2, b = kB2;
#pragma GCC unroll 4
  for (int k = 2; k < N; k += 2) {
    c[k] += a * sum_a + b * sum_b;
    if (k + 1 < N) c[k + 1] += (a * kA) * difference_a + (b * kB) * difference_b;
    a *= kA2;
    b *= kB2;
  }
}

/** t = B^T d. */
struct Input {
  static constexpr int in = kPoints, out = kPoints;
  static inline void map(const Vector (&d)[in], Vector (&t)[out]) {
    t[0] = (d[0] - 2.5f * d[2]) + d[4];
    t[5] = (d[1] - 2.5f * d[3]) + d[5];
    const Vector even_a = d[4] - kB2 * d[2], odd_a = kA * d[3] - (kA * kB2) * d[1];
    const Vector even_b = d[4] - kA2 * d[2], odd_b = kB * d[3] - (kB * kA2) * d[1];
    t[1] = even_a + odd_a;
    t[2] = even_a - odd_a;
    t[3] = even_b + odd_b;
    t[4] = even_b - odd_b;
  }
};

/** d = B t. */
struct InputGradient {
  static constexpr int in = kPoints, out = kPoints;
  static inline void map(const Vector (&t)[in], Vector (&d)[out]) {
    const Vector sum_a = t[1] + t[2], difference_a = t[1] - t[2];
    const Vector sum_b = t[3] + t[4], difference_b = t[3] - t[4];
    d[0] = t[0];
    d[1] = (t[5] - (kA * kB2) * difference_a) - (kB * kA2) * difference_b;
    d[2] = (-2.5f * t[0] - kB2 * sum_a) - kA2 * sum_b;
    d[3] = (-2.5f * t[5] + kA * difference_a) + kB * difference_b;
    d[4] = (t[0] + sum_a) + sum_b;
    d[5] = t[5];
  }
};

/** y = A^T t. */
template <int Kernel>
struct Output {
  static constexpr int in = kPoints, out = kPoints + 1 - Kernel;
  static inline void map(const Vector (&t)[in], Vector (&y)[out]) {
#pragma GCC unroll 8
    for (int i = 0; i < out; ++i) y[i] = Vector{};
    y[0] = t[0];
    y[out - 1] += t[5];
    interpolate(t[1] + t[2], t[3] + t[4], t[1] - t[2], t[3] - t[4], y);
  }
};

/** t = A dy. */
template <int Kernel>
struct OutputGradient {
  static constexpr int in = kPoints + 1 - Kernel, out = kPoints;
  static inline void map(const Vector (&dy)[in], Vector (&t)[out]) {
    Vector even[2], odd[2];
    evaluate(dy, even, odd);
    t[0] = dy[0];
    t[1] = even[0] + odd[0];
    t[2] = even[0] - odd[0];
    t[3] = even[1] + odd[1];
    t[4] = even[1] - odd[1];
    t[5] = dy[in - 1];
  }
};

/** u = G w. */
template <int Kernel>
struct Filter {
  static constexpr int in = Kernel, out = kPoints;
  static inline void map(const Vector (&w)[in], Vector (&u)[out]) {
    Vector even[2], odd[2];
    evaluate(w, even, odd);
    u[0] = w[0];
    u[1] = kScaleA * (even[0] + odd[0]);
    u[2] = kScaleA * (even[0] - odd[0]);
    u[3] = kScaleB * (even[1] + odd[1]);
    u[4] = kScaleB * (even[1] - odd[1]);
    u[5] = w[in - 1];
  }
};

/** dw = G^T du. */
template <int Kernel>
struct FilterGradient {
  static constexpr int in = kPoints, out = Kernel;
  static inline void map(const Vector (&u)[in], Vector (&w)[out]) {
#pragma GCC unroll 8
    for (int i = 0; i < out; ++i) w[i] = Vector{};
    w[0] = u[0];
    w[out - 1] += u[5];
    interpolate(kScaleA * (u[1] + u[2]), kScaleB * (u[3] + u[4]), kScaleA * (u[1] - u[2]),
                kScaleB * (u[3] - u[4]), w);
  }
};

/** The map on both axes: read(i, j) gives a vector, write(i, j, vector) takes one. */
template <typename Map, typename Read, typename Write>
inline void transform(Read read, Write write) {
  Vector half[Map::out][Map::in];
#pragma GCC unroll 8
  for (int j = 0; j < Map::in; ++j) {
    Vector column[Map::in], mapped[Map::out];
#pragma GCC unroll 8
    for (int i = 0; i < Map::in; ++i) column[i] = read(i, j);
    Map::map(column, mapped);
#pragma GCC unroll 8
    for (int i = 0; i < Map::out; ++i) half[i][j] = mapped[i];
  }
#pragma GCC unroll 8
  for (int i = 0; i < Map::out; ++i) {
    Vector mapped[Map::out];
    Map::map(half[i], mapped);
#pragma GCC unroll 8
    for (int j = 0; j < Map::out; ++j) write(i, j, mapped[j]);
  }
}

inline bool covers(const TilePixels& p, int size) {
  return p.row_begin <= 0 && p.row_end >= size && p.column_begin <= 0 && p.column_end >= size;
}

/** Calls body(channel, count of channels) for every vector of channels. */
template <typename Body>
inline void each_vector(int channels, Body body) {
  for (int c = 0; c < channels; c += kWidth) {
    body(c, channels - c < kWidth ? channels - c : kWidth);
  }
}

/** read(i, j) of a tile's pixels; those outside of the image are 0. */
template <bool Inside>
inline auto pixel_reader(const TilePixels& p, const float* image, int c, int count) {
  return [=, &p](int i, int j) {
    if (!Inside && (i < p.row_begin || i >= p.row_end || j < p.column_begin || j >= p.column_end)) {
      return Vector{};
    }
    const float* from = image + p.origin + i * p.row + j * p.pixel + c;
    return Inside ? load(from) : load_partial(from, count);
  };
}

/** write(i, j, vector) to the positions of a tile: whole vectors, whatever the channel count. */
inline auto position_writer(float* v, std::ptrdiff_t stride, int c) {
  return [=](int i, int j, Vector value) { store(v + (i * kPoints + j) * stride + c, value); };
}

template <typename Map>
inline void to_positions(const TilePixels& p, const float* image, int channels, float* v,
                         std::ptrdiff_t stride) {
  const bool inside = covers(p, Map::in);
  each_vector(channels, [&](int c, int count) {
    if (inside && count == kWidth) {
      transform<Map>(pixel_reader<true>(p, image, c, count), position_writer(v, stride, c));
    } else {
      transform<Map>(pixel_reader<false>(p, image, c, count), position_writer(v, stride, c));
    }
  });
}

template <int Kernel>
void output_of(const float* m, std::ptrdiff_t stride, const TilePixels& p, int channels,
               const float* bias, float lowest, float* image) {
  using Map = Output<Kernel>;
  const bool inside = covers(p, Map::out);
  each_vector(channels, [&](int c, int count) {
    const Vector shift = bias == nullptr ? Vector{} : load_partial(bias + c, count);
    const Vector floor = broadcast(lowest);
    const auto read = [=](int i, int j) { return load(m + (i * kPoints + j) * stride + c); };
    const auto finish = [=](Vector value) {
      value += shift;
      return value < floor ? floor : value;  // NaN stays
    };
    if (inside && count == kWidth) {
      transform<Map>(read, [&](int i, int j, Vector value) {
        store(image + p.origin + i * p.row + j * p.pixel + c, finish(value));
      });
    } else {
      transform<Map>(read, [&](int i, int j, Vector value) {
        if (i < p.row_begin || i >= p.row_end || j < p.column_begin || j >= p.column_end) return;
        store_partial(image + p.origin + i * p.row + j * p.pixel + c, finish(value), count);
      });
    }
  });
}

template <int Kernel>
inline void filter_of(const float* w, std::ptrdiff_t tap_stride, int count, float* u,
                      std::ptrdiff_t stride) {
  transform<Filter<Kernel>>(
      [=](int i, int j) { return load_partial(w + (i * Kernel + j) * tap_stride, count); },
      position_writer(u, stride, 0));
}

template <int Kernel>
inline void filter_gradient_of(const float* parts, int n_parts, std::ptrdiff_t part_stride,
                               std::ptrdiff_t stride, int count, float* dw,
                               std::ptrdiff_t tap_stride) {
  transform<FilterGradient<Kernel>>(
      [=](int i, int j) {
        const float* from = parts + (i * kPoints + j) * stride;
        Vector total = load_partial(from, count);
        for (int part = 1; part < n_parts; ++part) {
          total += load_partial(from + part * part_stride, count);
        }
        return total;
      },
      [=](int i, int j, Vector value) {
        store_partial(dw + (i * Kernel + j) * tap_stride, value, count);
      });
}

}  // namespace

void winograd_input(const TilePixels& pixels, const float* x, int channels, float* v,
                    std::ptrdiff_t stride) {
  to_positions<Input>(pixels, x, channels, v, stride);
}

void winograd_input_gradient(const float* dv, std::ptrdiff_t stride, const TilePixels& p,
                             int channels, float* dx) {
  const bool inside = covers(p, kPoints);
  each_vector(channels, [&](int c, int count) {
    const auto read = [=](int i, int j) { return load(dv + (i * kPoints + j) * stride + c); };
    if (inside && count == kWidth) {
      transform<InputGradient>(read, [&](int i, int j, Vector value) {
        float* const to = dx + p.origin + i * p.row + j * p.pixel + c;
        store(to, load(to) + value);
      });
    } else {
      transform<InputGradient>(read, [&](int i, int j, Vector value) {
        if (i < p.row_begin || i >= p.row_end || j < p.column_begin || j >= p.column_end) return;
        float* const to = dx + p.origin + i * p.row + j * p.pixel + c;
        store_partial(to, load_partial(to, count) + value, count);
      });
    }
  });
}

void winograd_output(int kernel, const float* m, std::ptrdiff_t stride, const TilePixels& pixels,
                     int channels, const float* bias, float lowest, float* y) {
  if (kernel == 3) return output_of<3>(m, stride, pixels, channels, bias, lowest, y);
  output_of<5>(m, stride, pixels, channels, bias, lowest, y);
}

void winograd_output_gradient(int kernel, const TilePixels& pixels, const float* dy, int channels,
                              float* dm, std::ptrdiff_t stride) {
  if (kernel == 3) return to_positions<OutputGradient<3>>(pixels, dy, channels, dm, stride);
  to_positions<OutputGradient<5>>(pixels, dy, channels, dm, stride);
}

void winograd_filter(int kernel, const float* w, std::ptrdiff_t tap_stride, int count, float* u,
                     std::ptrdiff_t stride) {
  if (kernel == 3) return filter_of<3>(w, tap_stride, count, u, stride);
  filter_of<5>(w, tap_stride, count, u, stride);
}

void winograd_filter_gradient(int kernel, const float* parts, int n_parts,
                              std::ptrdiff_t part_stride, std::ptrdiff_t stride, int count,
                              float* dw, std::ptrdiff_t tap_stride) {
  if (kernel == 3) {
    return filter_gradient_of<3>(parts, n_parts, part_stride, stride, count, dw, tap_stride);
  }
  filter_gradient_of<5>(parts, n_parts, part_stride, stride, count, dw, tap_stride);
}

}  // namespace trialforge::cpu::TRIALFORGE_ISA
