// Implicit products: the left matrix is the image, or dy, seen through the window of every pixel.
// Few input channels have kernels of their own.
#include <cstddef>
#include <cstdint>

#include "cuda/backend.h"
#include "cuda/conv2d_few_channels.h"
#include "cuda/product.h"
#include "trialforge/error.h"

namespace trialforge::cuda {
namespace {

/** How a convolution is computed. */
enum class Algorithm { implicit_product, few_channels };

/** The one place that chooses, by the shape alone, for the passes that have a choice. */
Algorithm algorithm_of(const Conv2dShape& s, Precision precision) {
  if (!conv2d_has_few_channels(s)) return Algorithm::implicit_product;
  // Three of four channels full, tensor cores are ahead of exact products.
  const bool is_exact = precision == Precision::float32 || s.in_channels == 1;
  return is_exact ? Algorithm::few_channels : Algorithm::implicit_product;
}

/** A window of kernel_height x kernel_width taps over images [batch, height, width, channels]. */
device::WindowMatrix window_matrix(const Conv2dShape& s, const float* images, std::size_t size,
                                   int height, int width, int channels) {
  device::WindowMatrix window;
  window.data = images;
  window.batch_stride = size;
  window.taps = s.kernel_height * s.kernel_width;
  window.channels = channels;
  const int padded_channels = (channels + 3) / 4 * 4;
  // A block's last tile reaches beyond the last column.
  require(static_cast<std::int64_t>(window.taps) * padded_channels < (std::int64_t{1} << 31) - 256,
          "conv2d: on CUDA the kernel with its channels filled up to multiples of four must have "
          "less than 2^31 - 256 elements for each filter");
  window.padded_channels = device::Divisor(padded_channels);
  window.kernel_width = device::Divisor(s.kernel_width);
  window.rows.size = height;
  window.columns.size = width;
  window.image_stride = height * width * channels;
  return window;
}

device::WindowMatrix window_of_x(const Conv2dShape& s, const float* x) {
  device::WindowMatrix window =
      window_matrix(s, x, s.x_size(), s.in_height, s.in_width, s.in_channels);
  window.pixels = static_cast<unsigned>(s.batch) * s.out_height() * s.out_width();
  window.rows.pixels = device::Divisor(s.out_height());
  window.rows.stride = s.stride_height;
  window.rows.offset = -s.pad_top();
  window.rows.step = s.dilation_height;
  window.columns.pixels = device::Divisor(s.out_width());
  window.columns.stride = s.stride_width;
  window.columns.offset = -s.pad_left();
  window.columns.step = s.dilation_width;
  return window;
}

/** Pixels of x, and where in dy they took part. */
device::WindowMatrix window_of_dy(const Conv2dShape& s, const float* dy) {
  device::WindowMatrix window =
      window_matrix(s, dy, s.y_size(), s.out_height(), s.out_width(), s.out_channels);
  window.pixels = static_cast<unsigned>(s.batch) * s.in_height * s.in_width;
  window.rows.pixels = device::Divisor(s.in_height);
  window.rows.offset = s.pad_top();
  window.rows.step = -s.dilation_height;
  window.rows.division = device::Divisor(s.stride_height);
  window.columns.pixels = device::Divisor(s.in_width);
  window.columns.offset = s.pad_left();
  window.columns.step = -s.dilation_width;
  window.columns.division = device::Divisor(s.stride_width);
  window.is_divided = s.stride_height > 1 || s.stride_width > 1;
  return window;
}

Product forward_product(const Trials& trials, const Conv2dShape& s, const float* x, const float* w,
                        const float* bias, Activation activation, float* y,
                        const TrialDropout& dropout) {
  Product product{.form = ProductForm::nn, .batch = trials.count};
  product.left = window_of_x(s, x);
  product.right = {.data = w, .batch_stride = trials.weight_stride, .n = s.out_channels};
  product.result = {.data = y,
                    .batch_stride = s.y_size(),
                    .bias = bias,
                    .bias_stride = trials.weight_stride,
                    .activation = activation,
                    .dropout = dropout};
  return product;
}

Product filter_gradient_product(const Trials& trials, const Conv2dShape& s, const float* x,
                                const float* dy, float* dw, float* dbias) {
  Product product{.form = ProductForm::tn, .batch = trials.count};
  product.left = window_of_x(s, x);
  product.right = {.data = dy, .batch_stride = s.y_size(), .n = s.out_channels};
  product.result.data = dw;
  product.result.batch_stride = trials.weight_stride;
  product.result.column_sums = dbias;
  product.result.column_sums_stride = trials.weight_stride;
  return product;
}

}  // namespace

void conv2d_forward(const Queue& queue, const Trials& trials, Precision precision,
                    const Conv2dShape& s, const float* x, const float* w, const float* bias,
                    Activation activation, float* y, const TrialDropout& dropout) {
  switch (algorithm_of(s, precision)) {
    case Algorithm::implicit_product:
      return multiply(queue, precision,
                      forward_product(trials, s, x, w, bias, activation, y, dropout));
    case Algorithm::few_channels:
      return conv2d_few_channels_forward(queue, trials, s, x, w, bias, activation, y);
  }
}

bool conv2d_takes_dropout(const Conv2dShape& s, Precision precision) noexcept {
  return algorithm_of(s, precision) == Algorithm::implicit_product;
}

bool conv2d_takes_pool(const Conv2dShape& s, const Pool2dShape& pool) noexcept {
  const bool is_of_s = pool.in_height == s.out_height() && pool.in_width == s.out_width() &&
                       pool.channels == s.out_channels && pool.batch == s.batch;
  return is_of_s && pools_in_halves(pool) && !pool.skip_nan;
}

void conv2d_max_pool_forward(const Queue& queue, const Trials& trials, Precision precision,
                             const Conv2dShape& s, const Pool2dShape& pool, const float* x,
                             const float* w, const float* bias, Activation activation, float* y,
                             std::int32_t* argmax, const TrialDropout& dropout) {
  Product product = forward_product(trials, s, x, w, bias, activation, y, dropout);
  const int height = pool.out_height(), width = pool.out_width();
  product.left.in_windows = true;
  product.left.pixels = 4u * static_cast<unsigned>(s.batch) * height * width;
  product.left.rows.pixels = device::Divisor(height);
  product.left.columns.pixels = device::Divisor(width);
  product.result.batch_stride = pool.y_size();
  product.result.pools = true;
  product.result.argmax = argmax;
  product.result.image_width = s.out_width();
  multiply(queue, precision, product);
}

void conv2d_backward_input(const Queue& queue, const Trials& trials, Precision precision,
                           const Conv2dShape& s, const float* dy, const float* w,
                           const InputOrigin& origin, float* dx) {
  Product product{.form = ProductForm::nt, .batch = trials.count};
  product.left = window_of_dy(s, dy);
  product.right = {.data = w, .batch_stride = trials.weight_stride, .n = s.in_channels};
  product.result = input_gradient(dx, s.x_size(), origin);
  multiply(queue, precision, product);
}

std::size_t conv2d_backward_filter_workspace(const Trials& trials, Precision precision,
                                             const Conv2dShape& s) {
  if (algorithm_of(s, precision) == Algorithm::few_channels) {
    return conv2d_few_channels_backward_filter_workspace(trials, s);
  }
  float sums;
  return product_workspace(filter_gradient_product(trials, s, nullptr, nullptr, nullptr, &sums));
}

void conv2d_backward_filter(const Queue& queue, const Trials& trials, Precision precision,
                            const Conv2dShape& s, const float* x, const float* dy, float* dw,
                            float* dbias, float* workspace) {
  switch (algorithm_of(s, precision)) {
    case Algorithm::implicit_product:
      return multiply(queue, precision, filter_gradient_product(trials, s, x, dy, dw, dbias),
                      workspace);
    case Algorithm::few_channels:
      return conv2d_few_channels_backward_filter(queue, trials, s, x, dy, dw, dbias, workspace);
  }
}

}  // namespace trialforge::cuda
