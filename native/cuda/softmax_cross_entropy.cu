// A row belongs to part of a warp, a warp, or, where there are many classes, a block. Up to 1024
// classes a row is read once and stays in registers. Neighbouring threads have neighbouring
// classes, so every access is coalesced, whatever the number of classes.
#include <climits>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "cuda/backend.h"
#include "cuda/device/reduce.cuh"
#include "cuda/launch.h"

namespace trialforge::cuda {
namespace {

constexpr int block_threads = 256;

// --- device helpers

/** Rows of at most lanes * per_lane classes, in registers; `lanes` threads of a warp share one. */
template <int lanes, int per_lane>
struct RegisterRows {
  static constexpr int rows_per_block = block_threads / lanes;
  static constexpr int most_classes = lanes * per_lane;

  __device__ static int row_in_block() { return threadIdx.x / lanes; }
  __device__ static int lane() { return threadIdx.x % lanes; }

  template <typename T, typename Combine>
  __device__ static T reduce(T value, Combine combine) {
    return device::group_reduce<lanes>(value, combine);
  }

  struct Row {
    int classes;
    float value[per_lane] = {};

    __device__ __forceinline__ Row(const float* row /* [classes] */, int classes)
        : classes(classes) {
      for_each([&](int j, int c) { value[j] = row[c]; });
    }

    /** visit(j, c) for this thread's classes c = lane, lane + lanes, ...; at(j, c) is the value. */
    template <typename Visit>
    __device__ __forceinline__ void for_each(Visit visit) const {
#pragma unroll
      for (int j = 0; j < per_lane; ++j) {
        const int c = j * lanes + lane();
        if (c < classes) visit(j, c);
      }
    }
    __device__ __forceinline__ float at(int j, int) const { return value[j]; }

    /** From here on the values are exp(value - maximum). */
    __device__ __forceinline__ void exponentiate(float maximum) {
      for_each([&](int j, int) { value[j] = expf(value[j] - maximum); });
    }
  };
};

/** Rows of any number of classes; a block shares one and reads it anew in every pass. */
struct StreamedRows {
  static constexpr int rows_per_block = 1;

  __device__ static int row_in_block() { return 0; }
  __device__ static int lane() { return threadIdx.x; }

  template <typename T, typename Combine>
  __device__ static T reduce(T value, Combine combine) {
    return device::block_reduce<block_threads>(value, combine);
  }

  struct Row {
    const float* row;  // [classes]
    int classes;
    bool exponentials = false;
    float maximum = 0;

    __device__ __forceinline__ Row(const float* row, int classes) : row(row), classes(classes) {}

    template <typename Visit>
    __device__ __forceinline__ void for_each(Visit visit) const {
#pragma unroll 4
      for (int c = lane(); c < classes; c += block_threads) visit(0, c);
    }
    __device__ __forceinline__ float at(int, int c) const {
      return exponentials ? expf(row[c] - maximum) : row[c];
    }

    __device__ __forceinline__ void exponentiate(float new_maximum) {
      exponentials = true;
      maximum = new_maximum;
    }
  };
};

/** The largest value of the row, NaN skipped. */
template <typename Rows>
__device__ __forceinline__ float largest(const typename Rows::Row& x) {
  float result = -INFINITY;
  x.for_each([&](int j, int c) { result = x.at(j, c) > result ? x.at(j, c) : result; });
  return Rows::reduce(result, device::Maximum{});
}

template <typename Rows>
__device__ __forceinline__ float sum(const typename Rows::Row& x) {
  float result = 0;
  x.for_each([&](int j, int c) { result += x.at(j, c); });
  return Rows::reduce(result, device::Sum{});
}

template <typename Rows>
__device__ __forceinline__ float sum_of_exponentials(const typename Rows::Row& x, float maximum) {
  float result = 0;
  x.for_each([&](int j, int c) { result += expf(x.at(j, c) - maximum); });
  return Rows::reduce(result, device::Sum{});
}

/** The first class of the row that has `wanted`; INT_MAX if none has. */
template <typename Rows>
__device__ __forceinline__ int first_index_of(float wanted, const typename Rows::Row& x) {
  int result = INT_MAX;
  x.for_each([&](int j, int c) {
    if (x.at(j, c) == wanted && c < result) result = c;
  });
  return Rows::reduce(result, device::Minimum{});
}

/**
 * Calls visit(row, classes of that row) for the rows of this block. Threads without a row come
 * along with no classes, because all of a warp or block takes part in a reduction.
 */
template <typename Rows, typename Visit>
__device__ __forceinline__ void for_each_row(const SoftmaxShape& shape, Visit visit) {
  const std::size_t batch = shape.batch;
  for (std::size_t first = std::size_t{blockIdx.x} * Rows::rows_per_block; first < batch;
       first += std::size_t{gridDim.x} * Rows::rows_per_block) {
    const std::size_t row = first + Rows::row_in_block();
    visit(row < batch ? row : 0, row < batch ? shape.classes : 0);
  }
}

// --- kernels

template <typename Rows>
__global__ void __launch_bounds__(block_threads)
    softmax_kernel(SoftmaxShape shape, const float* logits /* [batch, classes] */,
                   float* probabilities /* [batch, classes] */) {
  for_each_row<Rows>(shape, [&](std::size_t row, int classes) {
    typename Rows::Row x(logits + row * shape.classes, classes);
    float* p = probabilities + row * shape.classes;
    x.exponentiate(largest<Rows>(x));
    const float inverse = 1 / sum<Rows>(x);
    x.for_each([&](int j, int c) { p[c] = x.at(j, c) * inverse; });
  });
}

template <typename Rows>
__global__ void __launch_bounds__(block_threads)
    log_softmax_kernel(SoftmaxShape shape, const float* x /* [batch, classes] */,
                       float* y /* [batch, classes] */) {
  for_each_row<Rows>(shape, [&](std::size_t row, int classes) {
    const typename Rows::Row values(x + row * shape.classes, classes);
    float* log_p = y + row * shape.classes;
    const float maximum = largest<Rows>(values);
    const float log_sum = logf(sum_of_exponentials<Rows>(values, maximum));
    values.for_each([&](int j, int c) { log_p[c] = (values.at(j, c) - maximum) - log_sum; });
  });
}

template <typename Rows>
__global__ void __launch_bounds__(block_threads)
    sparse_kernel(SoftmaxShape shape, const float* logits /* [batch, classes] */,
                  const std::int32_t* labels /* [batch] */, float scale, float* loss /* [batch] */,
                  float* correct /* [batch] */, float* dlogits /* [batch, classes] or null */) {
  for_each_row<Rows>(shape, [&](std::size_t row, int classes) {
    typename Rows::Row x(logits + row * shape.classes, classes);
    const std::int32_t label = labels[row];
    const float maximum = largest<Rows>(x);
    const int first = first_index_of<Rows>(maximum, x);
    // Asked of the thread that holds it: the logit in memory may be overwritten by `dlogits`.
    float at_label = -INFINITY;
    x.for_each([&](int j, int c) {
      if (c == label) at_label = x.at(j, c) - maximum;
    });
    at_label = Rows::reduce(at_label, device::Maximum{});
    x.exponentiate(maximum);
    const bool has_label = label >= 0 && label < shape.classes;
    const float exponentials = sum<Rows>(x);
    const float total = has_label ? exponentials : NAN;
    if (Rows::lane() == 0 && classes > 0) {
      const float row_loss = logf(total) - at_label;
      loss[row] = row_loss;
      correct[row] = first == label && !isnan(row_loss) ? 1.0f : 0.0f;
    }
    if (dlogits == nullptr) return;
    float* dx = dlogits + row * shape.classes;
    const float inverse = 1 / total;
    x.for_each(
        [&](int j, int c) { dx[c] = (x.at(j, c) * inverse - (c == label ? 1.0f : 0.0f)) * scale; });
  });
}

template <typename Rows>
__global__ void __launch_bounds__(block_threads)
    dense_kernel(SoftmaxShape shape, const float* logits /* [batch, classes] */,
                 const float* targets /* [batch, classes] */, float scale,
                 float* loss /* [batch] */, float* correct /* [batch] */,
                 float* dlogits /* [batch, classes] or null */) {
  for_each_row<Rows>(shape, [&](std::size_t row, int classes) {
    typename Rows::Row x(logits + row * shape.classes, classes);
    const typename Rows::Row t(targets + row * shape.classes, classes);
    const float maximum = largest<Rows>(x);
    const int first_logit = first_index_of<Rows>(maximum, x);
    const int first_target = first_index_of<Rows>(largest<Rows>(t), t);
    const float total_target = sum<Rows>(t);
    // sum_c t (x - maximum), where a target of 0 adds nothing, even to an infinite logit
    float product = 0;
    x.for_each([&](int j, int c) {
      if (t.at(j, c) != 0) product += t.at(j, c) * (x.at(j, c) - maximum);
    });
    product = Rows::reduce(product, device::Sum{});
    x.exponentiate(maximum);
    const float total = sum<Rows>(x);
    if (Rows::lane() == 0 && classes > 0) {
      const float row_loss = total_target * logf(total) - product;
      loss[row] = row_loss;
      correct[row] = first_logit == first_target && !isnan(row_loss) ? 1.0f : 0.0f;
    }
    if (dlogits == nullptr) return;
    float* dx = dlogits + row * shape.classes;
    const float factor = total_target / total;
    x.for_each([&](int j, int c) { dx[c] = (x.at(j, c) * factor - t.at(j, c)) * scale; });
  });
}

// --- launchers

/** Calls `body` with the Rows that suit the number of classes. */
template <typename Body>
void with_rows(int classes, const Body& body) {
  using HalfWarps = RegisterRows<16, 1>;
  using Warps = RegisterRows<32, 1>;
  using Warps4 = RegisterRows<32, 4>;
  using Warps32 = RegisterRows<32, 32>;
  if (classes <= HalfWarps::most_classes) return body(HalfWarps{});
  if (classes <= Warps::most_classes) return body(Warps{});
  if (classes <= Warps4::most_classes) return body(Warps4{});
  if (classes <= Warps32::most_classes) return body(Warps32{});
  body(StreamedRows{});
}

template <typename Rows>
LaunchShape shape_for(const Queue& queue, int batch) {
  const auto rows = static_cast<std::size_t>(batch);
  return {dim3(grid_for(queue, ceil_div(rows, Rows::rows_per_block))), dim3(block_threads)};
}

}  // namespace

void softmax_forward(const Queue& queue, const SoftmaxShape& shape, const float* logits,
                     float* probabilities) {
  with_rows(shape.classes, [&](auto rows) {
    using Rows = decltype(rows);
    launch(queue, shape_for<Rows>(queue, shape.batch), softmax_kernel<Rows>, shape, logits,
           probabilities);
  });
}

void log_softmax_forward(const Queue& queue, const SoftmaxShape& shape, const float* x, float* y) {
  with_rows(shape.classes, [&](auto rows) {
    using Rows = decltype(rows);
    launch(queue, shape_for<Rows>(queue, shape.batch), log_softmax_kernel<Rows>, shape, x, y);
  });
}

void softmax_cross_entropy_sparse(const Queue& queue, const SoftmaxShape& shape,
                                  const float* logits, const std::int32_t* labels, float scale,
                                  float* loss, float* correct, float* dlogits) {
  with_rows(shape.classes, [&](auto rows) {
    using Rows = decltype(rows);
    launch(queue, shape_for<Rows>(queue, shape.batch), sparse_kernel<Rows>, shape, logits, labels,
           scale, loss, correct, dlogits);
  });
}

void softmax_cross_entropy_dense(const Queue& queue, const SoftmaxShape& shape, const float* logits,
                                 const float* targets, float scale, float* loss, float* correct,
                                 float* dlogits) {
  with_rows(shape.classes, [&](auto rows) {
    using Rows = decltype(rows);
    launch(queue, shape_for<Rows>(queue, shape.batch), dense_kernel<Rows>, shape, logits, targets,
           scale, loss, correct, dlogits);
  });
}

}  // namespace trialforge::cuda
