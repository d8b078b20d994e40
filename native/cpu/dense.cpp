// Matrix products on register tiles. The left operand's rows are copied next to each other, because
// rows a multiple of 4 KiB apart would share one cache set; the right operand is packed in panels.
#include <algorithm>
#include <cstring>

#include "cpu/kernels/kernels.h"
#include "cpu/ops.h"
#include "cpu/partition.h"

namespace trialforge::cpu {
namespace {

constexpr int kDepth = 384;  // of a block: a panel of it fits the first cache
constexpr int kPanelsPerTask = 2;
constexpr int kRowPadding = 16;  // floats between packed rows, against cache set conflicts

/** y[m, n] = sum_k left[m, k] * right(k, n) + bias[n], then the activation. */
struct Product {
  int rows, columns, depth;
  const float* left;   // [rows, depth]
  const float* right;  // [depth, columns], or [columns, depth] when transposed
  bool right_transposed;
  const float* bias;  // [columns] or null
  Activation activation;
  float* y;  // [rows, columns]
};

void pack_right(const Product& p, Range depth, int begin, int count, int panel, float* to) {
  const int length = static_cast<int>(depth.size());
  if (p.right_transposed) {
    if (count < panel) std::memset(to, 0, sizeof(float) * length * panel);
    for (int c = 0; c < count; ++c) {
      const float* from = p.right + static_cast<std::ptrdiff_t>(begin + c) * p.depth + depth.begin;
      for (int d = 0; d < length; ++d) to[d * panel + c] = from[d];
    }
    return;
  }
  for (int d = 0; d < length; ++d, to += panel) {
    const float* from = p.right + (depth.begin + d) * p.columns + begin;
    std::memcpy(to, from, sizeof(float) * count);
    if (count < panel) std::memset(to + count, 0, sizeof(float) * (panel - count));
  }
}

void multiply(ThreadPool& pool, const Product& p) {
  if (p.rows == 0) return;
  const Kernels& k = kernels();
  const int block_rows = 8 * k.max_rows;
  const int row_blocks = static_cast<int>(divide_up(p.rows, block_rows));
  const int task_columns = kPanelsPerTask * k.panel;
  const int column_blocks = static_cast<int>(divide_up(p.columns, task_columns));
  const int depth_blocks = static_cast<int>(divide_up(p.depth, kDepth));
  const int left_stride = kDepth + kRowPadding;
  const std::size_t left_size = static_cast<std::size_t>(block_rows) * left_stride;
  pool.reserve(0, left_size + static_cast<std::size_t>(task_columns) * kDepth + task_columns);

  pool.parallel_for(
      static_cast<std::int64_t>(row_blocks) * column_blocks, [&](std::int64_t task, int me) {
        const Range rows = part(p.rows, row_blocks, task % row_blocks);
        const int first = static_cast<int>(task / row_blocks) * task_columns;
        const int last = std::min(p.columns, first + task_columns);
        float* const left = pool.worker_scratch(me);        // [rows, left_stride]
        float* const right = left + left_size;              // [panels, depth, panel]
        float* const bias = right + task_columns * kDepth;  // [task_columns]
        std::fill(bias, bias + task_columns, 0.0f);
        if (p.bias != nullptr) std::copy(p.bias + first, p.bias + last, bias);
        const int groups = static_cast<int>(divide_up(rows.size(), k.max_rows));

        for (int block = 0; block < depth_blocks; ++block) {
          const Range depth = part(p.depth, depth_blocks, block);
          const int length = static_cast<int>(depth.size());
          for (std::int64_t r = 0; r < rows.size(); ++r) {
            std::memcpy(left + r * left_stride, p.left + (rows.begin + r) * p.depth + depth.begin,
                        sizeof(float) * length);
          }
          for (int c = first; c < last; c += k.panel) {
            float* const panel = right + static_cast<std::ptrdiff_t>(c - first) * length;
            const int columns = std::min(k.panel, last - c);
            pack_right(p, depth, c, columns, k.panel, panel);
            for (int group = 0; group < groups; ++group) {
              const Range tile = part(rows.size(), groups, group);
              k.inner_tile({.x = left + tile.begin * left_stride,
                            .x_stride = left_stride,
                            .taps = {.length = length},
                            .w = panel,
                            .bias = bias + (c - first),
                            .accumulate = block > 0,
                            .y = p.y + (rows.begin + tile.begin) * p.columns + c,
                            .y_stride = p.columns,
                            .rows = static_cast<int>(tile.size()),
                            .columns = columns});
            }
          }
        }
        if (p.activation == Activation::linear) return;
        for (std::int64_t r = rows.begin; r < rows.end; ++r) {
          float* const y = p.y + r * p.columns + first;
          k.activation_forward(p.activation, y, y, static_cast<std::size_t>(last - first));
        }
      });
}

}  // namespace

void dense_forward(ThreadPool& pool, const DenseShape& s, const float* x, const float* w,
                   const float* bias, Activation activation, float* y) {
  multiply(pool, {.rows = s.batch,
                  .columns = s.out_features,
                  .depth = s.in_features,
                  .left = x,
                  .right = w,
                  .right_transposed = false,
                  .bias = bias,
                  .activation = activation,
                  .y = y});
}

void dense_backward_input(ThreadPool& pool, const DenseShape& s, const float* dy, const float* w,
                          float* dx) {
  multiply(pool, {.rows = s.batch,
                  .columns = s.in_features,
                  .depth = s.out_features,
                  .left = dy,
                  .right = w,
                  .right_transposed = true,
                  .bias = nullptr,
                  .activation = Activation::linear,
                  .y = dx});
}

void dense_backward_weights(ThreadPool& pool, const DenseShape& s, const float* x, const float* dy,
                            float* dw, float* dbias) {
  const Kernels& k = kernels();
  const int groups = static_cast<int>(divide_up(s.in_features, k.max_rows));
  constexpr int groups_per_task = 8;
  pool.parallel_for(divide_up(groups, groups_per_task), [&](std::int64_t task, int) {
    const int last = std::min<int>(groups, (task + 1) * groups_per_task);
    for (int c = 0; c < s.out_features; c += k.panel) {
      for (int group = static_cast<int>(task) * groups_per_task; group < last; ++group) {
        const Range rows = part(s.in_features, groups, group);
        k.outer_tile({.x = x + rows.begin,
                      .x_row = 0,
                      .x_pixel = s.in_features,
                      .dy = dy + c,
                      .dy_row = 0,
                      .dy_pixel = s.out_features,
                      .height = 1,
                      .width = s.batch,
                      .accumulate = false,
                      .dw = dw + rows.begin * s.out_features + c,
                      .dw_stride = s.out_features,
                      .rows = static_cast<int>(rows.size()),
                      .columns = std::min(k.panel, s.out_features - c)});
      }
    }
  });
  if (dbias == nullptr) return;
  std::fill(dbias, dbias + s.out_features, 0.0f);
  k.add_rows(dy, s.batch, s.out_features, dbias);
}

}  // namespace trialforge::cpu
