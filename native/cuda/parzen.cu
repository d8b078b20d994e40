// Log-densities of mixtures. The logarithm of a component at a point is a constant less a sum of
// squares, one a density: two multiply-adds each, in register tiles of points times components, as
// a matrix product has them. What else there is (masses, choices) is added up before, in a matrix
// of points times components. The components are joined by a log-sum-exp within a tile and, in
// order, over the tiles.
//
// In float32 the logarithms are to the base 2, and the points and means are relative to the centre
// and the width of the means. A product of expanded squares, x^2 a + x b + c, would take as many
// multiply-adds and lose more digits.
#include <algorithm>
#include <cmath>
#include <cstddef>

#include "cuda/backend.h"
#include "cuda/device/normal_distribution.cuh"
#include "cuda/device/vector.cuh"
#include "cuda/launch.h"

namespace trialforge::cuda {
namespace {

constexpr int block_threads = 256;
constexpr int tile_side = 16;  // threads along the points of a tile, and along its components
constexpr int chunk_rows = 8;  // densities that are in shared memory at a time
/** Blocks that a launch should have at least, where there is so much to do: some a multiprocessor.
 */
constexpr std::size_t wanted_blocks = 1024;
/** Elements of the matrix of points times components, beyond which the points are taken in parts.
 */
constexpr std::size_t most_terms = std::size_t{1} << 22;

// Floors of a width and of an argument of a logarithm, as on the CPU.
constexpr double least_width = 1e-12;
constexpr double least_log_argument = 1e-12;

template <typename T>
struct Tile {
  static constexpr int width = 16 / sizeof(T);          // numbers of a vector
  static constexpr int per_thread = 2 * width;          // points, and components, of a thread
  static constexpr int size = tile_side * per_thread;   // points, and components, of a block
  static constexpr int vectors_per_row = size / width;  // in shared memory
};
static_assert(Tile<float>::vectors_per_row * chunk_rows == block_threads);
static_assert(Tile<double>::vectors_per_row * chunk_rows == block_threads);

/** Sizes, padded to whole tiles: a padded component has weight 0, a padded point is not read. */
struct Sizes {
  std::size_t n, k;              // as given
  std::size_t rows, components;  // padded
  std::size_t densities;
  std::size_t segments;  // parts of the components, one a block
};

template <typename T>
std::size_t padded(std::size_t n) {
  return ceil_div(n, Tile<T>::size) * Tile<T>::size;
}

// --- device helpers

__device__ __forceinline__ float exponential(float x) { return exp2f(x); }
__device__ __forceinline__ double exponential(double x) { return exp(x); }

/** Of a natural logarithm, in units of what exponential() takes. */
template <typename T>
__device__ __forceinline__ T in_base(double logarithm) {
  constexpr double log2_e = 1.44269504088896340736;
  return static_cast<T>(sizeof(T) == 4 ? logarithm * log2_e : logarithm);
}

/**
 * The numbers of one density of one component: sum - z^2, with z = x a + b in float and (x - b) a
 * in double, where x may be of any size.
 */
template <typename T>
struct Factors {
  T a, b;
};

template <typename T>
__device__ Factors<T> factors_of(const ParzenColumn& column, double mu, double sigma) {
  constexpr double sqrt_log2_e = 1.20112240878644848877;
  // Keep a * x finite, and its square if x is within the range of the means.
  constexpr double most_float = 1e17, most_double = 1e300;
  if constexpr (sizeof(T) == 4) {
    const double a =
        fmin(column.scale / sigma * (device::inverse_sqrt_two * sqrt_log2_e), most_float);
    return {static_cast<float>(a), static_cast<float>(-(mu - column.centre) / column.scale * a)};
  } else {
    return {fmin(device::inverse_sqrt_two / sigma, most_double), mu};
  }
}

__device__ __forceinline__ float less_square(float sum, float x, float a, float b) {
  const float z = fmaf(x, a, b);
  return fmaf(-z, z, sum);
}
__device__ __forceinline__ double less_square(double sum, double x, double a, double b) {
  const double z = (x - b) * a;
  return fma(-z, z, sum);
}

/** log of a component's mass between two points. */
template <typename T>
__device__ T log_mass_between(ParzenKernel kernel, double lower, double upper, double mu,
                              double sigma) {
  if (!(lower < upper)) return -INFINITY;
  if (kernel == ParzenKernel::truncated_normal_mass) {
    const double a = (lower - mu) / sigma, b = (upper - mu) / sigma;
    if constexpr (sizeof(T) == 4) return device::log_normal_mass_float(a, b);
    return device::log_normal_mass(a, b);
  }
  const double width = fmax(sigma / device::inverse_sqrt_two, least_width);
  const double a = (lower - mu) / width, b = (upper - mu) / width;
  if constexpr (sizeof(T) == 4) {
    return device::log_normal_mass_float(a / device::inverse_sqrt_two,
                                         b / device::inverse_sqrt_two);
  }
  return log(fmax(0.5 * (1 + erf(b)) - 0.5 * (1 + erf(a)), 0.0));
}

/** A running log-sum-exp: sum of e^(term - maximum). */
template <typename T>
struct LogSum {
  T maximum, sum;
};

/** The maximum, or 0 where there is nothing to shift. */
template <typename T>
__device__ __forceinline__ T shift_of(T maximum) {
  return maximum == -INFINITY ? T(0) : maximum;
}

/** parts[0], parts[stride], ..., `n` of them, in this order. */
template <typename T>
__device__ __forceinline__ LogSum<T> joined(const LogSum<T>* parts, std::size_t n,
                                            std::size_t stride) {
  LogSum<T> total{-INFINITY, 0};
#pragma unroll 1
  for (std::size_t s = 0; s < n; ++s) {
    const T maximum = parts[s * stride].maximum;
    total.maximum = maximum > total.maximum ? maximum : total.maximum;
  }
  const T shift = shift_of(total.maximum);
#pragma unroll 1
  for (std::size_t s = 0; s < n; ++s) {
    total.sum += parts[s * stride].sum * exponential(parts[s * stride].maximum - shift);
  }
  return total;
}

/** Rows of the memory that parzen_prepare() fills: [2 * densities + 1 + choices, components]. */
template <typename T>
struct Prepared {
  T* a;         // [densities, components]
  T* b;         // [densities, components]
  T* constant;  // [components]
  T* choices;   // [choices, components]

  Prepared(const ParzenView& mixture, const Sizes& sizes)
      : a(static_cast<T*>(mixture.prepared)),
        b(a + mixture.densities * sizes.components),
        constant(b + mixture.densities * sizes.components),
        choices(constant + sizes.components) {}
};

// --- kernels

/** A thread a component. */
template <typename T>
__global__ void __launch_bounds__(block_threads)
    prepare_kernel(ParzenView mixture, Sizes sizes, Prepared<T> prepared) {
  const std::size_t j = std::size_t{blockIdx.x} * block_threads + threadIdx.x;
  if (j >= sizes.components) return;
  const std::size_t k = sizes.k;
  const bool exists = j < k;
  double constant = exists ? mixture.log_weight[j] : -INFINITY;
  for (std::size_t p = 0; p < mixture.parameters; ++p) {
    const ParzenColumn column = mixture.columns[p];
    const double* numbers = mixture.components + column.components;
    if (column.kernel == ParzenKernel::categorical) {
      for (int c = 0; c < column.n_choices; ++c) {
        const double probability = exists ? numbers[j * column.n_choices + c] : 1;
        prepared.choices[(column.log_choices + c) * sizes.components + j] =
            in_base<T>(log(probability));
      }
      continue;
    }
    const double mu = exists ? numbers[j] : 0;
    const double sigma = exists ? numbers[k + j] : 1;
    const double density_sigma = is_truncated(column.kernel) ? sigma : fmax(sigma, least_width);
    if (p < sizes.densities) {
      const Factors<T> factors =
          exists ? factors_of<T>(column, mu, density_sigma) : Factors<T>{0, 0};
      prepared.a[p * sizes.components + j] = factors.a;
      prepared.b[p * sizes.components + j] = factors.b;
    }
    if (!exists) continue;
    if (p < sizes.densities) constant -= device::half_log_two_pi + log(density_sigma);
    if (is_truncated(column.kernel)) {
      constant -= device::log_normal_mass((column.low - mu) / sigma, (column.high - mu) / sigma);
    }
  }
  prepared.constant[j] = in_base<T>(constant);
}

/** A thread a point: x of the densities, and what the point alone adds to its result. */
template <typename T>
__global__ void __launch_bounds__(block_threads)
    points_kernel(ParzenView mixture, Sizes sizes, const double* points /* [.., n] */,
                  T* x /* [densities, rows] */, double* added /* [rows] */) {
  constexpr double most = sizeof(T) == 4 ? 1e18 : 1e300;
  const std::size_t i = std::size_t{blockIdx.x} * block_threads + threadIdx.x;
  if (i >= sizes.rows) return;
  double sum = 0;
  for (std::size_t p = 0; p < sizes.densities; ++p) {
    const ParzenColumn column = mixture.columns[p];
    double value = i < sizes.n ? points[column.points * sizes.n + i] : column.centre;
    if (i < sizes.n) {
      if (column.kernel == ParzenKernel::truncated_normal &&
          !(column.low <= value && value <= column.high)) {
        sum = -INFINITY;
      }
      if (column.kernel == ParzenKernel::log_normal) {
        value = value > 0 ? log(value) : -INFINITY;
        sum -= value > -INFINITY ? value : 0;
      }
      if (!(fabs(value) < INFINITY)) {
        sum = -INFINITY;
        value = column.centre;
      }
    }
    if (sizeof(T) == 4) value = (value - column.centre) / column.scale;
    x[p * sizes.rows + i] = static_cast<T>(fmin(fmax(value, -most), most));
  }
  added[i] = sum;
}

/** A thread a component: the sums over the parameters that are no densities. */
template <typename T>
__global__ void __launch_bounds__(block_threads)
    terms_kernel(ParzenView mixture, Sizes sizes, const T* choices /* [.., components] */,
                 const double* points /* [.., n] */, std::size_t first, std::size_t count,
                 T* terms /* [count, components] */) {
  const std::size_t j = std::size_t{blockIdx.x} * block_threads + threadIdx.x;
  if (j >= sizes.components) return;
  for (std::size_t row = blockIdx.y; row < count; row += gridDim.y) {
    const std::size_t i = first + row < sizes.n ? first + row : sizes.n - 1;
    T sum = 0;
    for (std::size_t p = sizes.densities; p < mixture.parameters && j < sizes.k; ++p) {
      const ParzenColumn& column = mixture.columns[p];
      const double* at = points + column.points * sizes.n + i;
      if (column.kernel == ParzenKernel::categorical) {
        const std::size_t choice = column.log_choices + static_cast<std::size_t>(*at);
        sum += choices[choice * sizes.components + j];
        continue;
      }
      double lower = at[0], upper = at[sizes.n];
      if (column.kernel == ParzenKernel::log_normal_mass) {
        lower = log(fmax(lower, least_log_argument));
        upper = log(fmax(upper, least_log_argument));
      }
      const double* mu = mixture.components + column.components;
      sum += in_base<T>(log_mass_between<T>(column.kernel, lower, upper, mu[j], mu[sizes.k + j]));
    }
    terms[row * sizes.components + j] = sum;
  }
}

/**
 * A block a tile of points and a segment of the components, tile by tile. Each chunk of densities
 * is fetched into registers while the one before is computed with.
 */
template <typename T>
__global__ void __launch_bounds__(block_threads, 2)
    mixture_kernel(Sizes sizes,
                   const T* __restrict__ x /* [densities, rows], from the first point */,
                   const T* __restrict__ a /* [densities, components] */,
                   const T* __restrict__ b /* [densities, components] */,
                   const T* __restrict__ constant /* [components] */,
                   const T* __restrict__ terms /* [points, components] or null */,
                   LogSum<T>* sums /* [segments, points] */, std::size_t points) {
  using Vector = device::Vector<T, Tile<T>::width>;
  constexpr int width = Tile<T>::width, side = Tile<T>::per_thread, size = Tile<T>::size;
  constexpr int group = tile_side * width;  // neighbouring threads have neighbouring vectors
  __shared__ __align__(16) T x_rows[2][chunk_rows][size];
  __shared__ __align__(16) T a_rows[2][chunk_rows][size];
  __shared__ __align__(16) T b_rows[2][chunk_rows][size];
  __shared__ LogSum<T> totals[side][block_threads];

  const int column = threadIdx.x % tile_side, line = threadIdx.x / tile_side;
  const int fetched_row = threadIdx.x / Tile<T>::vectors_per_row;
  const int fetched_at = threadIdx.x % Tile<T>::vectors_per_row * width;
  const std::size_t point = std::size_t{blockIdx.x} * size;
  const std::size_t tiles = sizes.components / size;
  const auto begin = static_cast<unsigned>(blockIdx.y * tiles / sizes.segments);
  const auto end = static_cast<unsigned>((blockIdx.y + 1) * tiles / sizes.segments);
  const auto densities = static_cast<unsigned>(sizes.densities);
  const auto components = static_cast<unsigned>(sizes.components);

  const auto vector_at = [](const T* p) { return *reinterpret_cast<const Vector*>(p); };
  Vector next_x{}, next_a{}, next_b{};
  const auto fetch = [&](unsigned tile, unsigned chunk) {
    const unsigned row = chunk + fetched_row;
    if (row >= densities) return;
    const std::size_t at = std::size_t{row} * components + (tile * size + fetched_at);
    next_x = vector_at(x + row * sizes.rows + point + fetched_at);
    next_a = vector_at(a + at);
    next_b = vector_at(b + at);
  };
  const auto keep = [&](int buffer) {
    *reinterpret_cast<Vector*>(&x_rows[buffer][fetched_row][fetched_at]) = next_x;
    *reinterpret_cast<Vector*>(&a_rows[buffer][fetched_row][fetched_at]) = next_a;
    *reinterpret_cast<Vector*>(&b_rows[buffer][fetched_row][fetched_at]) = next_b;
  };

#pragma unroll
  for (int i = 0; i < side; ++i) totals[i][threadIdx.x] = {-INFINITY, 0};
  fetch(begin, 0);
  keep(0);
  __syncthreads();

  int buffer = 0;
  for (unsigned tile = begin; tile < end; ++tile) {
    T sum[side][side] = {};
    // Once without densities, too, so that every tile ends with the same barrier.
    unsigned chunk = 0;
    do {
      const bool is_last_chunk = chunk + chunk_rows >= densities;
      if (!is_last_chunk) {
        fetch(tile, chunk + chunk_rows);
      } else if (tile + 1 < end) {
        fetch(tile + 1, 0);
      }
      const unsigned left = densities - chunk;
      const int rows = left < chunk_rows ? static_cast<int>(left) : chunk_rows;
#pragma unroll 1
      for (int row = 0; row < rows; ++row) {
        Vector xs[2], as[2], bs[2];
#pragma unroll
        for (int v = 0; v < 2; ++v) {
          xs[v] = vector_at(&x_rows[buffer][row][line * side + v * width]);
          as[v] = vector_at(&a_rows[buffer][row][v * group + column * width]);
          bs[v] = vector_at(&b_rows[buffer][row][v * group + column * width]);
        }
#pragma unroll
        for (int i = 0; i < side; ++i) {
#pragma unroll
          for (int j = 0; j < side; ++j) {
            sum[i][j] = less_square(sum[i][j], xs[i / width].at[i % width],
                                    as[j / width].at[j % width], bs[j / width].at[j % width]);
          }
        }
      }
      if (is_last_chunk) {
        const std::size_t component = std::size_t{tile} * size + column * width;
        const Vector constants[2] = {vector_at(constant + component),
                                     vector_at(constant + component + group)};
#pragma unroll
        for (int i = 0; i < side; ++i) {
          if (terms != nullptr) {
            const T* row = terms + (point + line * side + i) * sizes.components + component;
#pragma unroll
            for (int v = 0; v < 2; ++v) {
              const Vector more = vector_at(row + v * group);
#pragma unroll
              for (int c = 0; c < width; ++c) sum[i][v * width + c] += more.at[c];
            }
          }
          LogSum<T> total = totals[i][threadIdx.x];
          const T before = total.maximum;
#pragma unroll
          for (int j = 0; j < side; ++j) {
            sum[i][j] += constants[j / width].at[j % width];
            total.maximum = sum[i][j] > total.maximum ? sum[i][j] : total.maximum;
          }
          const T shift = shift_of(total.maximum);
          total.sum *= exponential(before - shift);
#pragma unroll
          for (int j = 0; j < side; ++j) total.sum += exponential(sum[i][j] - shift);
          totals[i][threadIdx.x] = total;
        }
      }
      buffer ^= 1;
      keep(buffer);
      __syncthreads();
      chunk += chunk_rows;
    } while (chunk < densities);
  }

  if (threadIdx.x < size) {
    const LogSum<T>* parts = &totals[threadIdx.x % side][threadIdx.x / side * tile_side];
    sums[blockIdx.y * points + point + threadIdx.x] = joined(parts, tile_side, 1);
  }
}

/** A thread a point: joins the segments. */
template <typename T>
__global__ void __launch_bounds__(block_threads)
    join_kernel(const LogSum<T>* sums /* [segments, points] */, std::size_t segments,
                std::size_t points, std::size_t count, const double* added /* [count] */,
                double* out /* [count] */) {
  const std::size_t i = std::size_t{blockIdx.x} * block_threads + threadIdx.x;
  if (i >= count) return;
  const LogSum<T> total = joined(sums + i, segments, points);
  const double base = sizeof(T) == 4 ? device::log_of_two : 1;
  out[i] = log(static_cast<double>(total.sum)) + shift_of(total.maximum) * base + added[i];
}

// --- launchers

/** Calls `body` with a number of the precision's type. */
template <typename Body>
auto with_type(ParzenPrecision precision, const Body& body) {
  return precision == ParzenPrecision::float32 ? body(float{}) : body(double{});
}

/** How the points are taken, and where in the workspace everything is. */
template <typename T>
struct Plan {
  Sizes sizes;
  std::size_t part;  // points of a part, whole tiles
  std::size_t x = 0, added, terms, sums, bytes;

  Plan(const ParzenView& mixture, std::size_t n) {
    constexpr std::size_t size = Tile<T>::size;
    sizes = {n, mixture.k, padded<T>(n), padded<T>(mixture.k), mixture.densities, 1};
    const bool has_terms = mixture.parameters > mixture.densities;
    const std::size_t most = std::max(most_terms / sizes.components / size, std::size_t{1}) * size;
    part = has_terms ? std::min(sizes.rows, most) : sizes.rows;
    // By the sizes alone, so that a device of another size adds in the same order.
    sizes.segments = std::min(sizes.components / size, ceil_div(wanted_blocks, part / size));
    const auto after = [](std::size_t offset, std::size_t length) {
      return ceil_div(offset + length, 256) * 256;
    };
    added = after(x, mixture.densities * sizes.rows * sizeof(T));
    terms = after(added, sizes.rows * sizeof(double));
    sums = after(terms, has_terms ? part * sizes.components * sizeof(T) : 0);
    bytes = sums + sizes.segments * part * sizeof(LogSum<T>);
  }
};

LaunchShape a_thread_each(std::size_t n) {
  return {dim3(static_cast<unsigned>(ceil_div(n, block_threads))), dim3(block_threads)};
}

template <typename T>
void log_pdf(const Queue& queue, const ParzenView& mixture, const double* points, std::size_t n,
             char* workspace, double* out) {
  constexpr std::size_t most_term_blocks = 4096;
  const Plan<T> plan(mixture, n);
  const Sizes& sizes = plan.sizes;
  const Prepared<T> prepared(mixture, sizes);
  T* const x = reinterpret_cast<T*>(workspace + plan.x);
  double* const added = reinterpret_cast<double*>(workspace + plan.added);
  const bool has_terms = mixture.parameters > mixture.densities;
  T* const terms = has_terms ? reinterpret_cast<T*>(workspace + plan.terms) : nullptr;
  auto* const sums = reinterpret_cast<LogSum<T>*>(workspace + plan.sums);
  launch(queue, a_thread_each(sizes.rows), points_kernel<T>, mixture, sizes, points, x, added);
  for (std::size_t first = 0; first < n; first += plan.part) {
    const std::size_t count = std::min(plan.part, sizes.rows - first);
    if (has_terms) {
      LaunchShape shape = a_thread_each(sizes.components);
      // Several rows a thread where there are enough threads.
      shape.grid.y =
          static_cast<unsigned>(std::min(count, ceil_div(most_term_blocks, shape.grid.x)));
      launch(queue, shape, terms_kernel<T>, mixture, sizes, prepared.choices, points, first, count,
             terms);
    }
    const LaunchShape shape{
        dim3(static_cast<unsigned>(count / Tile<T>::size), static_cast<unsigned>(sizes.segments)),
        dim3(block_threads)};
    launch(queue, shape, mixture_kernel<T>, sizes, x + first, prepared.a, prepared.b,
           prepared.constant, terms, sums, count);
    const std::size_t wanted = std::min(count, n - first);
    launch(queue, a_thread_each(wanted), join_kernel<T>, sums, sizes.segments, count, wanted,
           added + first, out + first);
  }
}

}  // namespace

std::size_t parzen_prepared_bytes(const ParzenView& mixture) {
  return with_type(mixture.precision, [&](auto type) {
    using T = decltype(type);
    return (2 * mixture.densities + 1 + mixture.choices) * padded<T>(mixture.k) * sizeof(T);
  });
}

void parzen_prepare(const Queue& queue, const ParzenView& mixture) {
  with_type(mixture.precision, [&](auto type) {
    using T = decltype(type);
    const Sizes sizes = {0, mixture.k, 0, padded<T>(mixture.k), mixture.densities, 1};
    launch(queue, a_thread_each(sizes.components), prepare_kernel<T>, mixture, sizes,
           Prepared<T>(mixture, sizes));
  });
}

std::size_t parzen_workspace_bytes(const ParzenView& mixture, std::size_t n) {
  return with_type(mixture.precision,
                   [&](auto type) { return Plan<decltype(type)>(mixture, n).bytes; });
}

void parzen_log_pdf(const Queue& queue, const ParzenView& mixture, const double* points,
                    std::size_t n, void* workspace, double* out) {
  with_type(mixture.precision, [&](auto type) {
    log_pdf<decltype(type)>(queue, mixture, points, n, static_cast<char*>(workspace), out);
  });
}

}  // namespace trialforge::cuda
