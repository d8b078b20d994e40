// Points of a mixture, by counted random numbers: a thread a value, which finds the component of
// its point for itself.
#include <cstddef>
#include <cstdint>

#include "cuda/backend.h"
#include "cuda/device/normal_distribution.cuh"
#include "cuda/launch.h"
#include "trialforge/random.h"

namespace trialforge::cuda {
namespace {

constexpr int block_threads = 256;

// --- device helpers

/** The first element of cumulative[n] above `u` of the last one. */
__device__ std::size_t weighted_index(const double* cumulative, std::size_t n, double u) {
  const double wanted = u * cumulative[n - 1];
  std::size_t begin = 0, end = n - 1;
  while (begin < end) {
    const std::size_t middle = begin + (end - begin) / 2;
    if (cumulative[middle] > wanted) {
      end = middle;
    } else {
      begin = middle + 1;
    }
  }
  return begin;
}

__device__ int drawn_choice(const double* probability /* [n_choices] */, int n_choices, double u) {
  double total = 0;
  for (int c = 0; c < n_choices; ++c) total += probability[c];
  const double wanted = u * total;
  double sum = 0;
  for (int c = 0; c < n_choices - 1; ++c) {
    sum += probability[c];
    if (sum > wanted) return c;
  }
  return n_choices - 1;
}

__device__ double drawn_number(const ParzenColumn& column, double mu, double sigma, double u) {
  if (is_truncated(column.kernel)) {
    const double z =
        device::truncated_normal_ppf(u, (column.low - mu) / sigma, (column.high - mu) / sigma);
    return fmin(fmax(mu + sigma * z, column.low), column.high);
  }
  const double x = mu + sigma * device::truncated_normal_ppf(u, -INFINITY, INFINITY);
  const bool is_log =
      column.kernel == ParzenKernel::log_normal || column.kernel == ParzenKernel::log_normal_mass;
  return is_log ? exp(x) : x;
}

// --- kernels

__global__ void __launch_bounds__(block_threads)
    sample_kernel(ParzenView mixture, std::uint64_t seed, std::uint64_t step, std::size_t n,
                  double* out /* [n, parameters] */) {
  const std::size_t d = mixture.parameters, draws = d + 1;
  const std::size_t stride = std::size_t{gridDim.x} * block_threads;
  for (std::size_t at = std::size_t{blockIdx.x} * block_threads + threadIdx.x; at < n * d;
       at += stride) {
    const std::size_t i = at / d;
    const ParzenColumn& column = mixture.columns[at % d];
    const auto uniform = [&](std::size_t draw) {
      const auto words = random_block(seed, RandomPurpose::parzen, step, i * draws + draw);
      return uniform_double(words[0], words[1]);
    };
    const std::size_t j = weighted_index(mixture.cumulative, mixture.k, uniform(0));
    const double u = uniform(1 + column.parameter);
    const double* numbers = mixture.components + column.components;
    out[i * d + column.parameter] =
        column.kernel == ParzenKernel::categorical
            ? drawn_choice(numbers + j * column.n_choices, column.n_choices, u)
            : drawn_number(column, numbers[j], numbers[mixture.k + j], u);
  }
}

}  // namespace

// --- launchers

void parzen_sample(const Queue& queue, const ParzenView& mixture, std::uint64_t seed,
                   std::uint64_t step, std::size_t n, double* out) {
  const std::size_t blocks = ceil_div(n * mixture.parameters, block_threads);
  launch(queue, {dim3(grid_for(queue, blocks)), dim3(block_threads)}, sample_kernel, mixture, seed,
         step, n, out);
}

}  // namespace trialforge::cuda
