// What networks need of the products on CUDA beyond the facade: several trials at once, pooling and
// gradients of activations on the way, each the same, bit for bit, as one thing after the other.
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "cuda/backend.h"
#include "devices.h"
#include "precisions.h"
#include "testing.h"
#include "trialforge/activation.h"
#include "trialforge/conv2d.h"
#include "trialforge/dense.h"

namespace trialforge::testing {
namespace {

using cuda::Queue;
using cuda::Trials;
constexpr int trial_count = 3;

template <typename T>
void expect_same_bits(const std::string& what, std::span<const T> actual,
                      std::span<const T> expected) {
  check(actual.size() == expected.size(), what + ": sizes differ");
  for (std::size_t i = 0; i < actual.size(); ++i) {
    if (std::memcmp(&actual[i], &expected[i], sizeof(T)) == 0) continue;
    throw Failure(what + ": element " + std::to_string(i) + " of " + std::to_string(actual.size()) +
                  " is " + std::to_string(actual[i]) + ", expected " + std::to_string(expected[i]));
  }
}

template <typename T>
void expect_same_bits(const std::string& what, const std::vector<T>& actual,
                      const std::vector<T>& expected) {
  expect_same_bits(what, std::span<const T>(actual), std::span<const T>(expected));
}

/** A tensor of every trial: where trial t's begins, and how much of it there is. */
struct Part {
  const char* what;
  const DeviceArray<float>* array;
  std::size_t stride, size;
};

/**
 * Runs pass(trials, offset) for all trials at once, and alone for each of them, where it adds
 * offset(stride) to every pointer; the outputs must be the same bits.
 */
template <typename Pass>
void expect_solo(const std::vector<Part>& outputs, std::size_t weight_stride, const Pass& pass) {
  pass(Trials{trial_count, weight_stride}, [](std::size_t) { return std::size_t{0}; });
  std::vector<std::vector<float>> together;
  for (const Part& part : outputs) together.push_back(part.array->host());
  for (std::size_t t = 0; t < trial_count; ++t) {
    pass(Trials{1, 0}, [t](std::size_t stride) { return t * stride; });
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const Part& part = outputs[i];
      const std::vector<float> alone = part.array->host();
      const auto of_trial = [&](const std::vector<float>& all) {
        return std::span<const float>(all).subspan(t * part.stride, part.size);
      };
      expect_same_bits(std::string(part.what) + " of trial " + std::to_string(t), of_trial(alone),
                       of_trial(together[i]));
    }
  }
}

void dense_trials(const Device& device, const DenseShape& s) {
  const Queue queue = cuda::queue_of(device);
  // Weights and biases of a network, with others between them.
  const std::size_t stride = s.w_size() + s.out_features + 5, x_size = s.x_size(),
                    y_size = s.y_size(), bias = s.w_size();
  const DeviceArray<float> x(device, random_floats(trial_count * x_size, 1)),
      weights(device, random_floats(trial_count * stride, 2)),
      dy(device, random_floats(trial_count * y_size, 3)), y(device, trial_count * y_size),
      dx(device, trial_count * x_size), gradients(device, trial_count * stride);
  for (const Precision precision : precisions_of(device)) {
    const DeviceArray<float> space(device,
                                   cuda::dense_workspace({trial_count, stride}, precision, s));
    float *const xs = x.span().data(), *const ws = weights.span().data(),
                 *const dys = dy.span().data(), *const ys = y.span().data(),
                 *const dxs = dx.span().data(), *const dws = gradients.span().data(),
                 *const workspace = space.span().data();
    expect_solo({{"y", &y, y_size, y_size},
                 {"dx", &dx, x_size, x_size},
                 {"dw and dbias", &gradients, stride, s.w_size() + s.out_features}},
                stride, [&](const Trials& trials, const auto& at) {
                  const float* const w = ws + at(stride);
                  float* const dw = dws + at(stride);
                  cuda::dense_forward(queue, trials, precision, s, xs + at(x_size), w, w + bias,
                                      Activation::tanh, ys + at(y_size), workspace);
                  cuda::dense_backward_input(queue, trials, precision, s, dys + at(y_size), w,
                                             {.activation = Activation::relu, .x = xs + at(x_size)},
                                             dxs + at(x_size), workspace);
                  cuda::dense_backward_weights(queue, trials, precision, s, xs + at(x_size),
                                               dys + at(y_size), dw, dw + bias, workspace);
                });
  }
}

void conv2d_trials(const Device& device, const Conv2dShape& s) {
  const Queue queue = cuda::queue_of(device);
  const Pool2dShape pool{.batch = s.batch,
                         .in_height = s.out_height(),
                         .in_width = s.out_width(),
                         .channels = s.out_channels,
                         .pool_height = 2,
                         .pool_width = 2,
                         .stride_height = 2,
                         .stride_width = 2};
  const std::size_t stride = s.w_size() + s.out_channels + 3, x_size = s.x_size(),
                    y_size = s.y_size(), pooled_size = pool.y_size(), bias = s.w_size();
  const DeviceArray<float> x(device, random_floats(trial_count * x_size, 1)),
      weights(device, random_floats(trial_count * stride, 2)),
      dy(device, random_floats(trial_count * y_size, 3)), y(device, trial_count * y_size),
      pooled(device, trial_count * pooled_size), dx(device, trial_count * x_size),
      gradients(device, trial_count * stride);
  for (const Precision precision : precisions_of(device)) {
    const DeviceArray<float> space(
        device, cuda::conv2d_backward_filter_workspace({trial_count, stride}, precision, s));
    float *const xs = x.span().data(), *const ws = weights.span().data(),
                 *const dys = dy.span().data(), *const ys = y.span().data(),
                 *const pools = pooled.span().data(), *const dxs = dx.span().data(),
                 *const dws = gradients.span().data();
    expect_solo({{"y", &y, y_size, y_size},
                 {"pooled", &pooled, pooled_size, pooled_size},
                 {"dx", &dx, x_size, x_size},
                 {"dw and dbias", &gradients, stride, s.w_size() + s.out_channels}},
                stride, [&](const Trials& trials, const auto& at) {
                  const float* const w = ws + at(stride);
                  float* const dw = dws + at(stride);
                  cuda::conv2d_forward(queue, trials, precision, s, xs + at(x_size), w, w + bias,
                                       Activation::elu, ys + at(y_size));
                  cuda::conv2d_max_pool_forward(queue, trials, precision, s, pool, xs + at(x_size),
                                                w, w + bias, Activation::elu,
                                                pools + at(pooled_size), nullptr);
                  cuda::conv2d_backward_input(
                      queue, trials, precision, s, dys + at(y_size), w,
                      {.activation = Activation::relu, .x = xs + at(x_size)}, dxs + at(x_size));
                  cuda::conv2d_backward_filter(queue, trials, precision, s, xs + at(x_size),
                                               dys + at(y_size), dw, dw + bias,
                                               space.span().data());
                });
  }
}

/** conv2d_forward, and the pooling of what it gave. */
void pools(const Device& device, const Conv2dShape& s, Padding padding, Activation activation) {
  const Pool2dShape pool{.batch = s.batch,
                         .in_height = s.out_height(),
                         .in_width = s.out_width(),
                         .channels = s.out_channels,
                         .pool_height = 2,
                         .pool_width = 2,
                         .stride_height = 2,
                         .stride_width = 2,
                         .padding = padding};
  check(cuda::conv2d_takes_pool(s, pool), "the pool is not taken");
  std::vector<float> values = random_floats(s.x_size(), 1);
  values[s.x_size() / 3] = std::numeric_limits<float>::quiet_NaN();
  const DeviceArray<float> x(device, values), w(device, random_floats(s.w_size(), 2)),
      bias(device, random_floats(s.out_channels, 3)), y(device, s.y_size()),
      pooled(device, pool.y_size());
  const DeviceArray<std::int32_t> argmax(device, pool.y_size());
  for (const Precision precision : precisions_of(device)) {
    conv2d_forward(device, s, x.span(), w.span(), bias.span(), activation, y.span(), precision);
    const std::vector<float> unpooled = y.host();
    std::vector<float> expected;
    std::vector<std::int32_t> expected_argmax;
    for (int b = 0; b < s.batch; ++b) {
      const float* const image = unpooled.data() + s.y_size() / s.batch * b;
      for (int row = 0; row < pool.out_height(); ++row) {
        for (int column = 0; column < pool.out_width(); ++column) {
          for (int c = 0; c < s.out_channels; ++c) {
            int best = -1;
            for (int i = 0; i < 4; ++i) {
              const int at =
                  ((2 * row + i / 2) * pool.in_width + 2 * column + i % 2) * s.out_channels + c;
              if (best < 0 || image[at] > image[best] ||
                  (std::isnan(image[at]) && !std::isnan(image[best]))) {
                best = at;
              }
            }
            expected.push_back(image[best]);
            expected_argmax.push_back(best);
          }
        }
      }
    }
    cuda::conv2d_max_pool_forward(cuda::queue_of(device), {}, precision, s, pool, x.span().data(),
                                  w.span().data(), bias.span().data(), activation,
                                  pooled.span().data(), argmax.span().data());
    expect_same_bits("pooled", pooled.host(), expected);
    expect_same_bits("argmax", argmax.host(), expected_argmax);
  }
}

const Register dense_arrays("cuda trials: dense gives each what it gets alone", [] {
  const Device& device = test_device(DeviceKind::cuda);
  dense_trials(device, {7, 600, 13});
  dense_trials(device, {32, 20, 72});
});

const Register conv2d_arrays("cuda trials: conv2d gives each what it gets alone", [] {
  const Device& device = test_device(DeviceKind::cuda);
  conv2d_trials(device, {.batch = 3,
                         .in_height = 11,
                         .in_width = 12,
                         .in_channels = 8,
                         .kernel_height = 3,
                         .kernel_width = 3,
                         .out_channels = 36});
  conv2d_trials(device, {.batch = 2,
                         .in_height = 9,
                         .in_width = 7,
                         .in_channels = 5,
                         .kernel_height = 3,
                         .kernel_width = 2,
                         .out_channels = 6,
                         .stride_width = 2,
                         .padding = Padding::same});
});

const Register pooling("cuda: a pooled convolution is the convolution, pooled", [] {
  const Device& device = test_device(DeviceKind::cuda);
  // ReLU makes windows of equal values.
  pools(device,
        {.batch = 2,
         .in_height = 13,
         .in_width = 12,
         .in_channels = 8,
         .kernel_height = 3,
         .kernel_width = 3,
         .out_channels = 40},
        Padding::valid, Activation::relu);
  pools(device,
        {.batch = 3,
         .in_height = 6,
         .in_width = 4,
         .in_channels = 5,
         .kernel_height = 3,
         .kernel_width = 3,
         .out_channels = 5,
         .padding = Padding::same},
        Padding::same, Activation::softplus);
});

const Register refused_pools("cuda: conv2d takes 2x2 pools of whole windows", [] {
  test_device(DeviceKind::cuda);
  const Conv2dShape conv{.in_height = 5, .in_width = 4};
  Pool2dShape pool{.in_height = 5,
                   .in_width = 4,
                   .pool_height = 2,
                   .pool_width = 2,
                   .stride_height = 2,
                   .stride_width = 2};
  check(cuda::conv2d_takes_pool(conv, pool), "2x2 is not taken");
  pool.padding = Padding::same;
  check(!cuda::conv2d_takes_pool(conv, pool), "a window of one row is taken");
  pool.padding = Padding::valid;
  pool.skip_nan = true;
  check(!cuda::conv2d_takes_pool(conv, pool), "NaN is to be skipped");
  pool.skip_nan = false;
  pool.pool_width = 3;
  check(!cuda::conv2d_takes_pool(conv, pool), "2x3 is taken");
});

const Register gates("cuda: dx goes on through the gradient of x's activation", [] {
  const Device& device = test_device(DeviceKind::cuda);
  const Conv2dShape s{.batch = 2,
                      .in_height = 9,
                      .in_width = 8,
                      .in_channels = 34,
                      .kernel_height = 3,
                      .kernel_width = 3,
                      .out_channels = 12};
  const DeviceArray<float> x(device, random_floats(s.x_size(), 1)),
      dy(device, random_floats(s.y_size(), 2)), w(device, random_floats(s.w_size(), 3)),
      dx(device, s.x_size()), expected(device, s.x_size());
  conv2d_backward_input(device, s, dy.span(), w.span(), expected.span());
  for (const Activation activation : {Activation::relu, Activation::elu, Activation::tanh,
                                      Activation::sigmoid, Activation::softplus}) {
    const DeviceArray<float> gated(device, s.x_size());
    activation_backward(device, activation, x.span(), expected.span(), gated.span());
    cuda::conv2d_backward_input(cuda::queue_of(device), {}, Precision::float32, s, dy.span().data(),
                                w.span().data(), {.activation = activation, .x = x.span().data()},
                                dx.span().data());
    expect_same_bits(activation_name(activation), dx.host(), gated.host());
  }
});

/** What a pooling made of an image of every trial. */
struct Pooled {
  Pooled(const Device& device, const Pool2dShape& pool)
      : one(pool),
        all(pool),
        x(device, trial_count * pool.y_size()),
        argmax(device, trial_count * pool.y_size()),
        dx(device, trial_count * pool.y_size()),
        expected(device, trial_count * pool.x_size()) {
    all.batch *= trial_count;
    const DeviceArray<float> image(device, random_floats(all.x_size(), 4));
    max_pool2d_forward(device, all, image.span(), x.span(), argmax.span());
  }

  /** make(origin, to) makes dx: with the pooling it is what max_pool2d_backward makes of it. */
  template <typename Make>
  void expect_same(const Device& device, const Make& make) const {
    for (const Activation activation : {Activation::linear, Activation::relu, Activation::tanh}) {
      make(cuda::InputOrigin{}, dx.span().data());
      const bool is_linear = activation == Activation::linear;
      cuda::max_pool2d_backward(cuda::queue_of(device), all, dx.span().data(), argmax.span().data(),
                                activation, is_linear ? nullptr : x.span().data(),
                                expected.span().data());
      const DeviceArray<float> dimage(device, std::vector<float>(all.x_size(), NAN));
      make(cuda::InputOrigin{.activation = activation,
                             .x = is_linear ? nullptr : x.span().data(),
                             .argmax = argmax.span().data(),
                             .pool = one},
           dimage.span().data());
      expect_same_bits(activation_name(activation), dimage.host(), expected.host());
    }
  }

  Pool2dShape one, all;
  DeviceArray<float> x;
  DeviceArray<std::int32_t> argmax;
  DeviceArray<float> dx, expected;
};

Pool2dShape halving(int batch, int height, int width, int channels, Padding padding) {
  return {.batch = batch,
          .in_height = height,
          .in_width = width,
          .channels = channels,
          .pool_height = 2,
          .pool_width = 2,
          .stride_height = 2,
          .stride_width = 2,
          .padding = padding};
}

void dense_unpools(const Device& device, const Pool2dShape& pool, int units) {
  const Pooled pooled(device, pool);
  const DenseShape s{pool.batch, static_cast<int>(pool.y_size()) / pool.batch, units};
  const Trials trials{trial_count, s.w_size() + 3};
  const DeviceArray<float> w(device, random_floats(trial_count * trials.weight_stride, 1)),
      dy(device, random_floats(trial_count * s.y_size(), 2));
  for (const Precision precision : precisions_of(device)) {
    const DeviceArray<float> space(device, cuda::dense_workspace(trials, precision, s));
    pooled.expect_same(device, [&](const cuda::InputOrigin& origin, float* dx) {
      cuda::dense_backward_input(cuda::queue_of(device), trials, precision, s, dy.span().data(),
                                 w.span().data(), origin, dx, space.span().data());
    });
  }
}

void conv2d_unpools(const Device& device, const Pool2dShape& pool, int filters) {
  const Pooled pooled(device, pool);
  const Conv2dShape s{.batch = pool.batch,
                      .in_height = pool.out_height(),
                      .in_width = pool.out_width(),
                      .in_channels = pool.channels,
                      .kernel_height = 3,
                      .kernel_width = 2,
                      .out_channels = filters};
  const Trials trials{trial_count, s.w_size() + 3};
  const DeviceArray<float> w(device, random_floats(trial_count * trials.weight_stride, 1)),
      dy(device, random_floats(trial_count * s.y_size(), 2));
  for (const Precision precision : precisions_of(device)) {
    pooled.expect_same(device, [&](const cuda::InputOrigin& origin, float* dx) {
      cuda::conv2d_backward_input(cuda::queue_of(device), trials, precision, s, dy.span().data(),
                                  w.span().data(), origin, dx);
    });
  }
}

const Register unpooling("cuda: dx goes on through the max pooling that made x", [] {
  const Device& device = test_device(DeviceKind::cuda);
  dense_unpools(device, halving(3, 7, 4, 8, Padding::valid), 5);
  dense_unpools(device, halving(2, 4, 6, 36, Padding::same), 13);
  // So long a sum for so few results that it is split.
  dense_unpools(device, halving(2, 3, 5, 4, Padding::valid), 700);
  conv2d_unpools(device, halving(2, 11, 8, 12, Padding::valid), 7);
  conv2d_unpools(device, halving(3, 6, 9, 4, Padding::valid), 33);
});

const Register refused_unpooling("cuda: dx goes through 2x2 pools of whole windows", [] {
  test_device(DeviceKind::cuda);
  check(cuda::backward_input_takes_pool(halving(1, 5, 4, 8, Padding::valid)), "2x2 is not taken");
  check(!cuda::backward_input_takes_pool(halving(1, 5, 4, 8, Padding::same)),
        "a window of one row is taken");
  check(!cuda::backward_input_takes_pool(halving(1, 4, 4, 6, Padding::valid)),
        "six channels are taken");
});

}  // namespace
}  // namespace trialforge::testing
