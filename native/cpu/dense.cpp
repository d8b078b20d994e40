// Matrix products in blocks that stay in the caches. The right operand of a block is packed in
// panels, the left one where its rows, a multiple of 4 KiB apart, would share one cache set.
#include <algorithm>
#include <cstring>

#include "cpu/kernels/kernels.h"
#include "cpu/ops.h"
#include "cpu/partition.h"

namespace trialforge::cpu {
namespace {

constexpr int kDepth = 192;    // of a block: two panels of it stay in the second cache
constexpr int kRows = 256;     // of a task
constexpr int kColumns = 512;  // of a task
constexpr int kTasks = 16;     // wanted at least: a long depth is cut where there are fewer
constexpr int kLeastDepth = 4 * kDepth;  // of such a part
constexpr double kSmall = 1 << 20;  // multiply-adds that are done before another thread has begun
constexpr int kRowPadding = 16;     // floats between packed rows, against cache set conflicts
constexpr int kFewRows = 4;         // up to here reading the weights once takes the time

/** y[m, n] = sum_k left[m, k] * right[k, n] + bias[n], then the activation. */
struct Product {
  int rows, columns, depth;
  const float* left;   // [rows, depth]
  const float* right;  // [depth, columns]
  const float* bias;   // [columns] or null
  Activation activation;
  float* y;  // [rows, columns]
};

/** y = activation(sum of `parts` partial products + bias). */
void finish(ThreadPool& pool, const Product& p, const float* partial, int parts) {
  const Kernels& k = kernels();
  const std::size_t stride = static_cast<std::size_t>(p.rows) * p.columns;
  pool.parallel_for(p.rows, [&](std::int64_t row, int) {
    float* const y = p.y + row * p.columns;
    k.sum_parts(partial + row * p.columns, parts, stride, y, p.columns);
    if (p.bias != nullptr) k.add_rows(p.bias, 1, p.columns, y);
    k.activation_forward(p.activation, y, y, p.columns);
  });
}

void multiply(ThreadPool& pool, const Product& p) {
  if (p.rows == 0) return;
  const Kernels& k = kernels();
  const int row_blocks = static_cast<int>(divide_up(p.rows, kRows));
  const int column_blocks = static_cast<int>(divide_up(p.columns, kColumns));
  const int blocks = row_blocks * column_blocks;
  const int parts = std::clamp(kTasks / blocks, 1, std::max(1, p.depth / kLeastDepth));
  const int most_rows = static_cast<int>(divide_up(p.rows, row_blocks));
  // A wide tile has so few rows that one set holds them.
  const bool packs_left = p.columns <= k.panel && p.depth % 1024 == 0;
  const std::ptrdiff_t left_row = packs_left ? kDepth + kRowPadding : p.depth;
  const std::size_t left_size = packs_left ? most_rows * left_row : 0;
  const std::size_t y_size = static_cast<std::size_t>(p.rows) * p.columns;
  const int pair = 2 * k.panel;
  pool.reserve(parts == 1 ? 0 : parts * y_size, left_size + pair * kDepth);
  float* const partial = pool.shared_scratch();  // [parts, rows, columns]

  pool.parallel_for(static_cast<std::int64_t>(blocks) * parts, [&](std::int64_t task, int me) {
    const std::int64_t index = task / blocks;
    const Range rows = part(p.rows, row_blocks, task % row_blocks);
    const int first = static_cast<int>(task % blocks / row_blocks) * kColumns;
    const int columns = std::min(kColumns, p.columns - first);
    const Range depths = part(p.depth, parts, index);
    float* const packed = pool.worker_scratch(me);  // [rows, left_row]
    float* const right = packed + left_size;        // [2, depth, panel]
    float* const y = (parts == 1 ? p.y : partial + index * y_size) + rows.begin * p.columns + first;
    const int depth_blocks = static_cast<int>(divide_up(depths.size(), kDepth));
    for (int block = 0; block < depth_blocks; ++block) {
      const Range range = part(depths.size(), depth_blocks, block);
      const std::int64_t depth = depths.begin + range.begin;
      const int length = static_cast<int>(range.size());
      const float* left = p.left + rows.begin * p.depth + depth;  // [rows, left_row]
      if (packs_left) {
        for (std::int64_t r = 0; r < rows.size(); ++r) {
          std::memcpy(packed + r * left_row, left + r * p.depth, sizeof(float) * length);
        }
        left = packed;
      }
      // A pair of panels at a time: packed, it stays in the first cache.
      for (int c = 0; c < columns; c += pair) {
        const int count = std::min(pair, columns - c);
        // The next block's weights, as long as they are one piece of memory.
        const std::size_t share = static_cast<std::size_t>(length) * count;
        Ahead ahead;
        if (columns == p.columns && block + 1 < depth_blocks) {
          ahead = {p.right + (depth + length) * p.columns + static_cast<std::ptrdiff_t>(length) * c,
                   share};
        }
        k.pack_panels(p.right + depth * p.columns + first + c, p.columns, length, count, right);
        k.inner_product({.x = left,
                         .x_stride = left_row,
                         .taps = {.length = length},
                         .w = right,
                         .w_panel = static_cast<std::ptrdiff_t>(length) * k.panel,
                         .bias = parts == 1 && p.bias != nullptr ? p.bias + first + c : nullptr,
                         .accumulate = block > 0,
                         .y = y + c,
                         .y_stride = p.columns,
                         .rows = static_cast<int>(rows.size()),
                         .columns = count,
                         .ahead = ahead});
      }
    }
    if (parts > 1 || p.activation == Activation::linear) return;
    for (std::int64_t r = 0; r < rows.size(); ++r) {
      k.activation_forward(p.activation, y + r * p.columns, y + r * p.columns, columns);
    }
  });
  if (parts > 1) finish(pool, p, partial, parts);
}

/** For a few rows: every part reads its rows of `right` once. */
void multiply_few_rows(ThreadPool& pool, const Product& p) {
  const Kernels& k = kernels();
  constexpr int step = 4;  // rows of `right` at a time
  const int parts = static_cast<int>(std::clamp<std::int64_t>(divide_up(p.depth, 64), 1, kTasks));
  const std::size_t y_size = static_cast<std::size_t>(p.rows) * p.columns;
  pool.reserve(parts * y_size, 0);
  float* const partial = pool.shared_scratch();  // [parts, rows, columns]
  pool.parallel_for(parts, [&](std::int64_t index, int) {
    const Range depths = part(p.depth, parts, index);
    float* const y = partial + index * y_size;
    std::fill(y, y + y_size, 0.0f);
    for (std::int64_t depth = depths.begin; depth < depths.end; depth += step) {
      const int length = static_cast<int>(std::min<std::int64_t>(step, depths.end - depth));
      for (std::int64_t r = 0; r < p.rows; ++r) {
        k.add_scaled_rows(p.left + r * p.depth + depth, p.right + depth * p.columns, p.columns,
                          length, p.columns, y + r * p.columns);
      }
    }
  });
  finish(pool, p, partial, parts);
}

/** A range of input features: its rows of w, dw and the optimizer's state, its columns of x and dx.
 */
class FeatureBlock {
 public:
  FeatureBlock(const DenseShape& shape, const DenseBackward& backward)
      : shape_(shape), backward_(backward), panel_(2 * kernels().panel) {
    const int fitting = static_cast<int>((1 << 16) / shape.out_features) / 32 * 32;
    features_ = std::clamp(fitting, 32, 64);
  }

  std::int64_t count() const { return divide_up(shape_.in_features, features_); }
  /** dy^T and dy as the products read them, in panels. */
  std::size_t packed_floats() const {
    return transposed_floats() + static_cast<std::size_t>(shape_.batch) * panels() * panel_;
  }
  std::size_t scratch_floats() const {
    return x_floats() + features_ * std::max<std::size_t>(batch_row(), updated() ? n() : 0);
  }

  void pack(float* packed) const {
    const Kernels& k = kernels();
    k.pack_transposed_panels(backward_.dy, n(), shape_.out_features, shape_.batch, packed);
    packed += transposed_floats();
    for (int i = 0; i < panels(); ++i) {
      const std::ptrdiff_t first = static_cast<std::ptrdiff_t>(i) * panel_;
      const std::size_t bytes = sizeof(float) * std::min<std::ptrdiff_t>(panel_, n() - first);
      for (int b = 0; b < shape_.batch; ++b, packed += panel_) {
        std::memcpy(packed, backward_.dy + b * n() + first, bytes);
      }
    }
  }

  void run(std::int64_t index, const float* packed, float* scratch) const {
    const int first = static_cast<int>(index) * features_;
    const int features = std::min(features_, shape_.in_features - first);
    const std::ptrdiff_t weights = first * n();
    const std::size_t begin = backward_.first + weights;
    const WeightRange range{begin, begin + features * n()};
    if (backward_.dx != nullptr) {
      input(first, features, packed, scratch,
            updated() ? backward_.step->state_ahead(range, 0) : Ahead{});
    }
    if (backward_.dw == nullptr && !updated()) return;
    // An updated weight's gradient lives in the cache only.
    float* const dw = updated() ? scratch + x_floats() : backward_.dw + weights;
    filter(first, features, packed + transposed_floats(), scratch, dw,
           updated() ? backward_.step->state_ahead(range, 1) : Ahead{});
    if (updated()) backward_.step->apply(range, dw);
  }

 private:
  std::ptrdiff_t n() const { return shape_.out_features; }
  int panels() const { return static_cast<int>(divide_up(shape_.out_features, panel_)); }
  int batch_row() const { return (shape_.batch + 15) / 16 * 16 + kRowPadding; }
  /** Of dy^T in panels. */
  std::ptrdiff_t transposed_floats() const {
    return divide_up(shape_.batch, kernels().panel) * kernels().panel * n();
  }
  bool updated() const { return backward_.step != nullptr; }
  int x_row() const { return features_ + kRowPadding; }
  std::size_t x_floats() const {
    return static_cast<std::size_t>(std::min(shape_.batch, kDepth)) * x_row();
  }

  /** dx[:, first .. first + features) = (w dy^T)^T: dx is the smaller one to transpose. */
  void input(int first, int features, const float* dy /* [panels, n, panel] */, float* scratch,
             const Ahead& ahead) const {
    const Kernels& k = kernels();
    float* const transposed = scratch + x_floats();  // [features, batch_row]
    k.inner_product({.x = backward_.w + first * n(),
                     .x_stride = n(),
                     .taps = {.length = shape_.out_features},
                     .w = dy,
                     .w_panel = n() * k.panel,
                     .bias = nullptr,
                     .accumulate = false,
                     .y = transposed,
                     .y_stride = batch_row(),
                     .rows = features,
                     .columns = shape_.batch,
                     .ahead = ahead});
    k.transpose(transposed, batch_row(), features, shape_.batch, backward_.dx + first,
                shape_.in_features);
  }

  /** dw [features, n] = x[:, first .. first + features)^T dy. */
  void filter(int first, int features, const float* dy /* [panels, batch, panel] */, float* left,
              float* dw, const Ahead& ahead) const {
    const Kernels& k = kernels();
    const int blocks = static_cast<int>(divide_up(shape_.batch, kDepth));
    for (int block = 0; block < blocks; ++block) {
      const Range batch = part(shape_.batch, blocks, block);
      for (std::int64_t b = 0; b < batch.size(); ++b) {
        std::memcpy(left + b * x_row(),
                    backward_.x + (batch.begin + b) * shape_.in_features + first,
                    sizeof(float) * features);
      }
      for (int i = 0; i < panels(); ++i) {
        k.outer_product(
            {.x = left,
             .x_row = 0,
             .x_pixel = x_row(),
             .dy = dy + (static_cast<std::ptrdiff_t>(i) * shape_.batch + batch.begin) * panel_,
             .dy_row = 0,
             .dy_pixel = panel_,
             .height = 1,
             .width = static_cast<int>(batch.size()),
             .accumulate = block > 0,
             .dw = dw + i * panel_,
             .dw_stride = n(),
             .rows = features,
             .columns = static_cast<int>(std::min<std::ptrdiff_t>(panel_, n() - i * panel_)),
             .ahead = ahead.slice(blocks * panels(), block * panels() + i)});
      }
    }
  }

  const DenseShape& shape_;
  const DenseBackward& backward_;
  int panel_, features_;
};

}  // namespace

void dense_forward(ThreadPool& pool, const DenseShape& s, const float* x, const float* w,
                   const float* bias, Activation activation, float* y) {
  const Product product{.rows = s.batch,
                        .columns = s.out_features,
                        .depth = s.in_features,
                        .left = x,
                        .right = w,
                        .bias = bias,
                        .activation = activation,
                        .y = y};
  if (s.batch <= kFewRows) {
    multiply_few_rows(pool, product);
  } else {
    multiply(pool, product);
  }
}

void dense_backward(ThreadPool& pool, const DenseShape& s, const DenseBackward& backward) {
  if (s.batch == 0) {
    if (backward.dw != nullptr) std::fill_n(backward.dw, s.w_size(), 0.0f);
    if (backward.dbias != nullptr) std::fill_n(backward.dbias, s.out_features, 0.0f);
    return;
  }
  const FeatureBlock block(s, backward);
  pool.reserve(block.packed_floats(), block.scratch_floats());
  float* const packed = pool.shared_scratch();
  block.pack(packed);
  const auto run = [&](std::int64_t index, int worker) {
    block.run(index, packed, pool.worker_scratch(worker));
  };
  if (static_cast<double>(s.batch) * s.w_size() < kSmall) {
    for (std::int64_t index = 0; index < block.count(); ++index) run(index, 0);
  } else {
    pool.parallel_for(block.count(), run);
  }
  if (backward.dbias == nullptr) return;
  std::fill(backward.dbias, backward.dbias + s.out_features, 0.0f);
  kernels().add_rows(backward.dy, s.batch, s.out_features, backward.dbias);
}

}  // namespace trialforge::cpu
