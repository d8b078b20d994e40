// Chooses tiles and splits of a product, by its sizes alone, and finishes sums that were split.
#include "cuda/product.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "cuda/device/activation.cuh"
#include "cuda/device/dropout.cuh"
#include "cuda/launch.h"
#include "cuda/product_kernel.h"
#include "trialforge/error.h"

namespace trialforge::cuda {
namespace {

/** As many blocks are wanted where there are fewer tiles: two for each multiprocessor of an H100.
 */
constexpr std::size_t wanted_blocks = 264;
/** Fewer steps than these along k are not worth a block of their own. */
constexpr std::size_t least_steps = 8;
constexpr std::size_t most_grid_z = 65535;
constexpr int most_columns = std::numeric_limits<int>::max() - 255;

// --- kernels

constexpr int sum_lanes = 64;  // elements of the result that a block sums
constexpr int sum_groups = 4;  // threads that share an element

/** partial: [splits, batch, size]. Group g adds splits g, g + 4, ...; then the groups are added. */
__global__ void __launch_bounds__(sum_lanes* sum_groups)
    sum_splits_kernel(const float* partial, unsigned splits, unsigned batch, std::size_t size,
                      unsigned n, unsigned first_batch, const __grid_constant__ ProductResult to) {
  __shared__ float sums[sum_groups][sum_lanes];
  const unsigned lane = threadIdx.x % sum_lanes, group = threadIdx.x / sum_lanes;
  const std::size_t i = std::size_t{blockIdx.x} * sum_lanes + lane;
  const std::size_t problem = first_batch + blockIdx.y;
  float sum = 0;
  if (i < size) {
    const float* const from = partial + problem * size + i;
#pragma unroll 8
    for (unsigned split = group; split < splits; split += sum_groups) {
      sum += from[split * (batch * size)];
    }
  }
  sums[group][lane] = sum;
  __syncthreads();
  if (group > 0 || i >= size) return;
#pragma unroll
  for (int other = 1; other < sum_groups; ++other) sum += sums[other][lane];
  const std::size_t products = to.column_sums == nullptr ? size : size - n;
  if (i >= products) {
    to.column_sums[problem * to.column_sums_stride + (i - products)] = sum;
    return;
  }
  float* const target = to.data + problem * to.batch_stride;
  if (to.gate != nullptr) {
    const float gate = to.gate[problem * products + i];
    device::with_activation(to.gate_activation, [&](auto constant) {
      sum = device::activation_gradient<decltype(constant)::value>(gate, sum);
    });
  } else {
    if (to.bias != nullptr) sum += to.bias[problem * to.bias_stride + i % n];
    device::with_activation(to.activation, [&](auto constant) {
      sum = device::activation_value<decltype(constant)::value>(sum);
    });
  }
  if (to.dropout.states != nullptr) sum = device::Dropout(to.dropout, problem).apply(i, sum);
  if (to.unpooling.argmax != nullptr) {
    const std::int32_t position = to.unpooling.argmax[problem * products + i];
    to.unpooling.store<1>(target, static_cast<unsigned>(i), {{sum}}, {{position}});
  } else {
    target[i] = sum;
  }
}

// --- launchers

struct Plan {
  ProductTile tile;
  std::size_t tiles_m, tiles_n, steps, splits, steps_in_split;
};

template <typename Tile>
std::size_t tiles_of(std::size_t m, std::size_t n) {
  return ceil_div(m, Tile::m) * ceil_div(n, Tile::n);
}

template <typename Tile>
Plan plan_with(ProductTile tile, std::size_t m, std::size_t n, std::size_t k) {
  Plan plan{tile, ceil_div(m, Tile::m), ceil_div(n, Tile::n), ceil_div(k, Tile::k), 1, 0};
  const std::size_t tiles = plan.tiles_m * plan.tiles_n;
  if (tiles > 0 && tiles * 2 <= wanted_blocks) {
    plan.splits =
        std::clamp(plan.steps / least_steps, std::size_t{1}, ceil_div(wanted_blocks, tiles));
  }
  plan.steps_in_split = ceil_div(plan.steps, plan.splits);
  if (plan.steps > 0) plan.splits = ceil_div(plan.steps, plan.steps_in_split);
  return plan;
}

Plan plan_of(const Product& product) {
  const bool is_tn = product.form == ProductForm::tn;
  const std::size_t m = is_tn ? product.left.depth() : product.left.pixels;
  const std::size_t k = is_tn ? product.left.pixels : product.left.depth();
  const std::size_t n = product.columns();
  if (n <= NarrowTile::n) return plan_with<NarrowTile>(ProductTile::narrow, m, n, k);
  // The largest that is enough for every multiprocessor to have one.
  if (n > MiddleTile::n && tiles_of<WideTile>(m, n) * 2 >= wanted_blocks) {
    return plan_with<WideTile>(ProductTile::wide, m, n, k);
  }
  if (tiles_of<MiddleTile>(m, n) * 2 >= wanted_blocks) {
    return plan_with<MiddleTile>(ProductTile::middle, m, n, k);
  }
  return plan_with<SquareTile>(ProductTile::square, m, n, k);
}

std::size_t partial_size(const Product& product) {
  return product.rows() * product.columns() +
         (product.result.column_sums != nullptr ? product.columns() : 0);
}

bool is_vector_result(const Product& product, const float* partial) {
  const ProductResult& to = product.result;
  if (product.right.n % 4 != 0) return false;
  if (partial != nullptr) return are_aligned(partial) && partial_size(product) % 4 == 0;
  return are_aligned(to.data, to.gate) && (product.batch == 1 || to.batch_stride % 4 == 0);
}

/** Whether every problem of the launch begins at a multiple of 16 bytes. */
bool begins_aligned(const float* data, std::size_t batch_stride, int batch) {
  return are_aligned(data) && (batch == 1 || batch_stride % 4 == 0);
}

void launch_precision(const Queue& queue, Precision precision, ProductTile tile, dim3 grid,
                      const BlockedProduct& product) {
  switch (precision) {
    case Precision::float32:
      return launch_float32_product(queue, tile, grid, product);
    case Precision::tf32:
      return launch_tf32_product(queue, tile, grid, product);
    case Precision::bfloat16:
      return launch_bfloat16_product(queue, tile, grid, product);
  }
}

}  // namespace

std::size_t Product::rows() const noexcept {
  if (form == ProductForm::tn) return static_cast<std::size_t>(left.taps) * left.channels;
  return result.pools ? left.pixels / 4 : left.pixels;
}

std::size_t Product::columns() const noexcept { return static_cast<std::size_t>(right.n); }

device::WindowMatrix plain_matrix(const float* data, std::size_t batch_stride, int rows,
                                  int columns, bool is_transposed) {
  // A block's last tile reaches beyond the last column.
  require(columns < most_columns,
          "on CUDA the inner size of a product must be less than 2^31 - 256, "
          "not " +
              std::to_string(columns));
  device::WindowMatrix x;
  x.data = data;
  x.batch_stride = batch_stride;
  x.pixels = static_cast<unsigned>(rows);
  x.channels = columns;
  x.padded_channels = device::Divisor(std::max((columns + 3) / 4, 1) * 4);
  x.image_stride = is_transposed ? 1 : columns;
  x.channel_stride = is_transposed ? rows : 1;
  return x;
}

ProductResult input_gradient(float* dx, std::size_t size, const InputOrigin& origin) {
  ProductResult result{.data = dx,
                       .batch_stride = size,
                       .gate = origin.activation == Activation::linear ? nullptr : origin.x,
                       .gate_activation = origin.activation,
                       .dropout = origin.dropout};
  if (origin.argmax == nullptr) return result;
  const Pool2dShape& pool = origin.pool;
  result.batch_stride = pool.x_size();
  result.unpooling = {.argmax = origin.argmax,
                      .rows = device::Divisor(pool.out_height()),
                      .columns = device::Divisor(pool.out_width()),
                      .channels = device::Divisor(pool.channels),
                      .height = pool.in_height,
                      .width = pool.in_width};
  return result;
}

bool pools_in_halves(const Pool2dShape& pool) noexcept {
  const bool is_halving = pool.pool_height == 2 && pool.pool_width == 2 &&
                          pool.stride_height == 2 && pool.stride_width == 2;
  // With padding 'same' a last odd row or column has a window of its own.
  const bool has_whole_windows = pool.padding == Padding::valid
                                     ? pool.in_height >= 2 && pool.in_width >= 2
                                     : pool.in_height % 2 == 0 && pool.in_width % 2 == 0;
  return is_halving && has_whole_windows;
}

bool backward_input_takes_pool(const Pool2dShape& pool) noexcept {
  return pools_in_halves(pool) && pool.channels % 4 == 0;
}

std::size_t product_workspace(const Product& product) {
  const Plan plan = plan_of(product);
  if (plan.splits == 1) return 0;
  return plan.splits * static_cast<std::size_t>(product.batch) * partial_size(product);
}

void multiply(const Queue& queue, Precision precision, Product product, float* workspace) {
  if (product.batch == 0 || product.rows() == 0 || product.columns() == 0) return;
  Plan plan = plan_of(product);
  if (workspace == nullptr) {
    plan.splits = 1;
    plan.steps_in_split = plan.steps;
  }
  device::WindowMatrix& left = product.left;
  left.is_vector = left.channels % 4 == 0 && left.channel_stride == 1 &&
                   begins_aligned(left.data, left.batch_stride, product.batch);
  device::RightMatrix& right = product.right;
  right.is_vector = (product.form == ProductForm::nt ? left.channels : right.n) % 4 == 0 &&
                    begins_aligned(right.data, right.batch_stride, product.batch);

  BlockedProduct blocked{.product = product};
  blocked.partial = plan.splits > 1 ? workspace : nullptr;
  blocked.partial_size = partial_size(product);
  blocked.tiles_n = static_cast<unsigned>(plan.tiles_n);
  blocked.steps = static_cast<unsigned>(plan.steps);
  blocked.steps_in_split = static_cast<unsigned>(plan.steps_in_split);
  blocked.result_is_vector = is_vector_result(product, blocked.partial);
  const auto batch = static_cast<std::size_t>(product.batch);
  for (std::size_t first = 0; first < batch; first += most_grid_z) {
    blocked.first_batch = static_cast<unsigned>(first);
    const auto problems = static_cast<unsigned>(std::min(batch - first, most_grid_z));
    const dim3 grid(static_cast<unsigned>(plan.tiles_m * plan.tiles_n),
                    static_cast<unsigned>(plan.splits), problems);
    launch_precision(queue, precision, plan.tile, grid, blocked);
    if (blocked.partial == nullptr) continue;
    const std::size_t blocks = ceil_div(blocked.partial_size, sum_lanes);
    launch(queue, {dim3(static_cast<unsigned>(blocks), problems), dim3(sum_lanes * sum_groups)},
           sum_splits_kernel, blocked.partial, static_cast<unsigned>(plan.splits),
           static_cast<unsigned>(batch), blocked.partial_size, static_cast<unsigned>(right.n),
           blocked.first_batch, product.result);
  }
}

}  // namespace trialforge::cuda
