// Dropout in the kernels of products: the same, bit for bit, as a product and dropout().
#include <span>
#include <string>
#include <vector>

#include "cuda/backend.h"
#include "cuda/training.h"
#include "devices.h"
#include "precisions.h"
#include "testing.h"
#include "trialforge/conv2d.h"
#include "trialforge/dense.h"
#include "trialforge/random.h"

namespace trialforge::testing {
namespace {

constexpr int trial_count = 3, layer_count = 4, dropped_layer = 2;

/** Networks in different steps, with different rates. */
class Networks {
 public:
  explicit Networks(const Device& device)
      : device_(device), states_(device, some_states()), rates_(device, some_rates()) {}

  cuda::TrialDropout layer() const {
    return {states_.span().data(), rates_.span().data(), layer_count, dropped_layer};
  }

  /** What dropout() makes of each network's part of `all`. */
  std::vector<float> dropped(const std::vector<float>& all) const {
    const std::size_t n = all.size() / trial_count;
    std::vector<float> result;
    for (std::size_t t = 0; t < trial_count; ++t) {
      const cuda::TrialState state = some_states()[t];
      const DropoutMask mask{.rate = some_rates()[t * layer_count + dropped_layer],
                             .seed = state.seed,
                             .step = dropout_step(state.step - 1, dropped_layer)};
      const DeviceArray<float> part(device_, std::span(all).subspan(t * n, n));
      cuda::dropout(cuda::queue_of(device_), mask, part.span().data(), part.span().data(), n);
      const std::vector<float> values = part.host();
      result.insert(result.end(), values.begin(), values.end());
    }
    return result;
  }

 private:
  static std::vector<cuda::TrialState> some_states() {
    std::vector<cuda::TrialState> states;
    for (std::uint64_t t = 0; t < trial_count; ++t) {
      states.push_back(cuda::TrialState{.seed = 5 + t, .step = 1 + 7 * t});
    }
    return states;
  }
  static std::vector<float> some_rates() {
    std::vector<float> rates;
    for (int i = 0; i < trial_count * layer_count; ++i) {
      rates.push_back(0.05f * static_cast<float>(i));
    }
    return rates;
  }

  const Device& device_;
  DeviceArray<cuda::TrialState> states_;
  DeviceArray<float> rates_;
};

/** run(dropout) writes `output`: with a dropout it is what run({}) gives, dropped. */
template <typename Run>
void expect_dropped(const std::string& what, const Networks& networks,
                    const DeviceArray<float>& output, const Run& run) {
  run(cuda::TrialDropout{});
  const std::vector<float> expected = networks.dropped(output.host());
  run(networks.layer());
  const std::vector<float> actual = output.host();
  for (std::size_t i = 0; i < actual.size(); ++i) {
    // A dropped negative number may be either zero.
    if (actual[i] == expected[i]) continue;
    throw Failure(what + ": element " + std::to_string(i) + " of " + std::to_string(actual.size()) +
                  " is " + std::to_string(actual[i]) + ", expected " + std::to_string(expected[i]));
  }
}

void dense_drops(const Device& device, const DenseShape& s) {
  const Networks networks(device);
  const std::size_t stride = s.w_size() + s.out_features + 1;
  const cuda::Trials trials{trial_count, stride};
  const DeviceArray<float> x(device, random_floats(trial_count * s.x_size(), 1)),
      weights(device, random_floats(trial_count * stride, 2)),
      dy(device, random_floats(trial_count * s.y_size(), 3)), y(device, trial_count * s.y_size()),
      dx(device, trial_count * s.x_size());
  const float* const w = weights.span().data();
  for (const Precision precision : precisions_of(device)) {
    const DeviceArray<float> space(device, cuda::dense_workspace(trials, precision, s));
    expect_dropped("y", networks, y, [&](const cuda::TrialDropout& dropout) {
      cuda::dense_forward(cuda::queue_of(device), trials, precision, s, x.span().data(), w,
                          w + s.w_size(), Activation::relu, y.span().data(), space.span().data(),
                          dropout);
    });
    for (const Activation activation : {Activation::linear, Activation::relu}) {
      const float* const output = activation == Activation::linear ? nullptr : x.span().data();
      expect_dropped("dx", networks, dx, [&](const cuda::TrialDropout& dropout) {
        cuda::dense_backward_input(cuda::queue_of(device), trials, precision, s, dy.span().data(),
                                   w, {activation, output, dropout}, dx.span().data(),
                                   space.span().data());
      });
    }
  }
}

void conv2d_drops(const Device& device, const Conv2dShape& s) {
  const Networks networks(device);
  const Pool2dShape pool{.batch = s.batch,
                         .in_height = s.out_height(),
                         .in_width = s.out_width(),
                         .channels = s.out_channels,
                         .pool_height = 2,
                         .pool_width = 2,
                         .stride_height = 2,
                         .stride_width = 2};
  const std::size_t stride = s.w_size() + s.out_channels + 2;
  const cuda::Trials trials{trial_count, stride};
  const DeviceArray<float> x(device, random_floats(trial_count * s.x_size(), 1)),
      weights(device, random_floats(trial_count * stride, 2)),
      dy(device, random_floats(trial_count * s.y_size(), 3)), y(device, trial_count * s.y_size()),
      pooled(device, trial_count * pool.y_size()), dx(device, trial_count * s.x_size());
  const float* const w = weights.span().data();
  for (const Precision precision : precisions_of(device)) {
    if (cuda::conv2d_takes_dropout(s, precision)) {
      expect_dropped("y", networks, y, [&](const cuda::TrialDropout& dropout) {
        cuda::conv2d_forward(cuda::queue_of(device), trials, precision, s, x.span().data(), w,
                             w + s.w_size(), Activation::relu, y.span().data(), dropout);
      });
    }
    expect_dropped("pooled", networks, pooled, [&](const cuda::TrialDropout& dropout) {
      cuda::conv2d_max_pool_forward(cuda::queue_of(device), trials, precision, s, pool,
                                    x.span().data(), w, w + s.w_size(), Activation::relu,
                                    pooled.span().data(), nullptr, dropout);
    });
    expect_dropped("dx", networks, dx, [&](const cuda::TrialDropout& dropout) {
      cuda::conv2d_backward_input(cuda::queue_of(device), trials, precision, s, dy.span().data(), w,
                                  {Activation::relu, x.span().data(), dropout}, dx.span().data());
    });
  }
}

const Register dense_dropout("cuda: dense layers drop as dropout does", [] {
  const Device& device = test_device(DeviceKind::cuda);
  dense_drops(device, {9, 20, 16});
  dense_drops(device, {5, 21, 7});
  dense_drops(device, {20, 600, 36});
  dense_drops(device, {3, 700, 65});
});

const Register conv2d_dropout("cuda: convolutions drop as dropout does", [] {
  const Device& device = test_device(DeviceKind::cuda);
  conv2d_drops(device, {.batch = 3,
                        .in_height = 9,
                        .in_width = 12,
                        .in_channels = 8,
                        .kernel_height = 3,
                        .kernel_width = 3,
                        .out_channels = 36});
  conv2d_drops(device, {.batch = 2,
                        .in_height = 8,
                        .in_width = 7,
                        .in_channels = 5,
                        .kernel_height = 3,
                        .kernel_width = 2,
                        .out_channels = 7,
                        .stride_width = 2});
  conv2d_drops(device, {.batch = 2,
                        .in_height = 8,
                        .in_width = 7,
                        .in_channels = 3,
                        .kernel_height = 3,
                        .kernel_width = 3,
                        .out_channels = 6});
});

}  // namespace
}  // namespace trialforge::testing
