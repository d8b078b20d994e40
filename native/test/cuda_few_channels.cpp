// The direct kernels behind conv2d on CUDA, by themselves.
#include <algorithm>
#include <cmath>
#include <limits>

#include "cuda/conv2d_few_channels.h"
#include "devices.h"
#include "reference/activation.h"
#include "reference/conv2d.h"
#include "testing.h"

namespace trialforge::testing {
namespace {

struct Case {
  const char* name;
  Conv2dShape shape;
};

constexpr Padding same = Padding::same;
constexpr int largest = std::numeric_limits<int>::max();

// clang-format off
const Case cases[] = {
    {"1x1", {.batch = 3, .in_height = 2, .in_width = 3, .in_channels = 2, .out_channels = 3}},
    {"the paper's first layer", {.batch = 2, .in_height = 28, .in_width = 28, .kernel_height = 3, .kernel_width = 3, .out_channels = 32}},
    {"7x7, stride 2, 64 filters", {.batch = 1, .in_height = 13, .in_width = 12, .in_channels = 3, .kernel_height = 7, .kernel_width = 7, .out_channels = 64, .stride_height = 2, .stride_width = 2, .padding = same}},
    {"images smaller than a tile", {.batch = 41, .in_height = 4, .in_width = 5, .in_channels = 4, .kernel_height = 3, .kernel_width = 2, .out_channels = 12, .padding = same}},
    {"one pixel an image", {.batch = 37, .in_height = 3, .in_width = 3, .in_channels = 3, .kernel_height = 3, .kernel_width = 3, .out_channels = 8}},
    {"filters that do not go by four", {.batch = 2, .in_height = 9, .in_width = 8, .in_channels = 3, .kernel_height = 4, .kernel_width = 2, .out_channels = 37, .padding = same}},
    {"many filters", {.batch = 2, .in_height = 5, .in_width = 6, .kernel_height = 2, .kernel_width = 2, .out_channels = 260}},
    {"stride above the kernel", {.batch = 3, .in_height = 11, .in_width = 12, .in_channels = 2, .kernel_height = 1, .kernel_width = 2, .out_channels = 5, .stride_height = 3, .stride_width = 4}},
    {"kernel larger than the image", {.batch = 2, .in_height = 2, .in_width = 3, .in_channels = 2, .kernel_height = 5, .kernel_width = 7, .out_channels = 4, .padding = same}},
    {"the largest strides", {.batch = 2, .in_height = 3, .in_width = 4, .in_channels = 2, .kernel_height = 2, .kernel_width = 3, .out_channels = 4, .stride_height = largest, .stride_width = largest, .padding = same}},
    {"wide images", {.batch = 1, .in_height = 5, .in_width = 300, .in_channels = 4, .kernel_height = 3, .kernel_width = 3, .out_channels = 4}},
    {"no image", {.batch = 0, .in_height = 5, .in_width = 6, .in_channels = 3, .kernel_height = 2, .kernel_width = 2, .out_channels = 4}},
};
// clang-format on

double tolerance(double terms) { return 5e-6 * std::sqrt(terms + 1); }

/** What networks of one shape have, the weights and their gradients in one block for each. */
struct Networks {
  Conv2dShape shape;
  cuda::Trials trials;
  DeviceArray<float> x, weights, y, dy, gradients, workspace;
  std::size_t bias_at;

  Networks(const Device& device, const Conv2dShape& s, cuda::Trials trials,
           std::span<const float> x, std::span<const float> weights, std::span<const float> dy)
      : shape(s),
        trials(trials),
        x(device, x),
        weights(device, weights),
        y(device, dy.size()),
        dy(device, dy),
        gradients(device, weights.size()),
        workspace(device, cuda::conv2d_few_channels_backward_filter_workspace(trials, s)),
        bias_at(s.w_size()) {}

  void run(const Device& device, Activation activation) {
    const cuda::Queue queue = cuda::queue_of(device);
    const float* w = weights.span().data();
    float* dw = gradients.span().data();
    cuda::conv2d_few_channels_forward(queue, trials, shape, x.span().data(), w, w + bias_at,
                                      activation, y.span().data());
    cuda::conv2d_few_channels_backward_filter(queue, trials, shape, x.span().data(),
                                              dy.span().data(), dw, dw + bias_at,
                                              workspace.span().data());
  }
};

std::size_t weights_of(const Conv2dShape& s) { return s.w_size() + s.out_channels; }

void agrees_with_reference(const Device& device, const Conv2dShape& s) {
  check(cuda::conv2d_has_few_channels(s), "the shape is not taken");
  const std::vector<float> x = random_floats(s.x_size(), 1), dy = random_floats(s.y_size(), 3);
  const std::vector<float> weights = random_floats(weights_of(s), 2);
  Networks network(device, s, {}, x, weights, dy);
  network.run(device, Activation::tanh);

  const std::vector<double> xr = to_double(x), dyr = to_double(dy), wr = to_double(weights);
  const std::span<const double> kernel(wr.data(), s.w_size()),
      bias(wr.data() + s.w_size(), s.out_channels);
  std::vector<double> y(s.y_size()), activated(s.y_size()), gradients(weights.size());
  reference::conv2d_forward(s, xr, kernel, bias, y);
  reference::activation_forward(Activation::tanh, y, activated);
  const double taps = static_cast<double>(s.kernel_height) * s.kernel_width * s.in_channels;
  expect_close("forward", network.y.host(), activated, tolerance(taps), 1e-5);
  const std::span<double> all(gradients);
  reference::conv2d_backward_filter(s, xr, dyr, all.first(s.w_size()), all.subspan(s.w_size()));
  const double pixels = static_cast<double>(s.batch) * s.out_height() * s.out_width();
  expect_close("backward filter", network.gradients.host(), gradients, tolerance(pixels), 1e-5);
}

const bool registered = [] {
  for (const Case& c : cases) {
    Register(std::string("cuda_few_channels ") + c.name + " agrees with the reference",
             [&c] { agrees_with_reference(test_device(DeviceKind::cuda), c.shape); });
  }
  return true;
}();

const Register trials("cuda_few_channels: a trial's result is that of its solo run", [] {
  const Device& device = test_device(DeviceKind::cuda);
  const Conv2dShape s{.batch = 5,
                      .in_height = 9,
                      .in_width = 8,
                      .in_channels = 2,
                      .kernel_height = 3,
                      .kernel_width = 3,
                      .out_channels = 36,
                      .padding = same};
  constexpr int count = 3;
  const std::size_t stride = weights_of(s) + 5;
  const std::vector<float> x = random_floats(count * s.x_size(), 1),
                           weights = random_floats(count * stride, 2),
                           dy = random_floats(count * s.y_size(), 3);
  Networks all(device, s, {count, stride}, x, weights, dy);
  all.run(device, Activation::relu);
  const std::vector<float> y = all.y.host(), gradients = all.gradients.host();
  for (int t = 0; t < count; ++t) {
    const auto part = [t](std::span<const float> values, std::size_t size) {
      return values.subspan(t * size, size);
    };
    Networks solo(device, s, {}, part(x, s.x_size()), part(weights, stride).first(weights_of(s)),
                  part(dy, s.y_size()));
    solo.run(device, Activation::relu);
    check(std::ranges::equal(solo.y.host(), part(y, s.y_size())), "y differs");
    check(std::ranges::equal(solo.gradients.host(), part(gradients, stride).first(weights_of(s))),
          "gradients differ");
    const auto gap = part(gradients, stride).subspan(weights_of(s));
    check(std::ranges::all_of(gap, [](float value) { return value == 0; }),
          "what lies between the trials is written");
  }
});

const Register optional("cuda_few_channels without a bias, and where vectors are not aligned", [] {
  const Device& device = test_device(DeviceKind::cuda);
  const cuda::Queue queue = cuda::queue_of(device);
  const Conv2dShape s{.in_height = 6,
                      .in_width = 5,
                      .in_channels = 3,
                      .kernel_height = 3,
                      .kernel_width = 3,
                      .out_channels = 8};
  const std::vector<float> x = random_floats(s.x_size(), 1), w = random_floats(s.w_size(), 2);
  std::vector<float> dy = random_floats(s.y_size() + 1, 3);
  const DeviceArray<float> x_device(device, x), w_device(device, w), dy_device(device, dy),
      y_device(device, s.y_size() + 1), dw_device(device, s.w_size()),
      workspace(device, cuda::conv2d_few_channels_backward_filter_workspace({}, s));
  cuda::conv2d_few_channels_forward(queue, {}, s, x_device.span().data(), w_device.span().data(),
                                    nullptr, Activation::linear, y_device.span().data() + 1);
  cuda::conv2d_few_channels_backward_filter(queue, {}, s, x_device.span().data(),
                                            dy_device.span().data() + 1, dw_device.span().data(),
                                            nullptr, workspace.span().data());
  std::vector<double> y(s.y_size()), dw(s.w_size());
  reference::conv2d_forward(s, to_double(x), to_double(w), {}, y);
  std::vector<float> actual = y_device.host();
  check(actual.front() == 0, "the element before y is written");
  actual.erase(actual.begin());
  expect_close("forward", actual, y, 1e-5, 1e-5);
  dy.erase(dy.begin());
  reference::conv2d_backward_filter(s, to_double(x), to_double(dy), dw, {});
  expect_close("backward filter", dw_device.host(), dw, 1e-4, 1e-5);
});

const Register refuses("cuda_few_channels: other shapes are not taken", [] {
  test_device(DeviceKind::cuda);
  const auto taken = [](Conv2dShape s) { return cuda::conv2d_has_few_channels(s); };
  const Conv2dShape s{.in_height = 224,
                      .in_width = 224,
                      .in_channels = 3,
                      .kernel_height = 7,
                      .kernel_width = 7,
                      .out_channels = 64,
                      .stride_height = 2,
                      .stride_width = 2,
                      .padding = same};
  check(taken(s), "224x224x3, 7x7, stride 2");
  Conv2dShape other = s;
  other.in_channels = 5;
  check(!taken(other), "five channels");
  other = s;
  other.dilation_width = 2;
  check(!taken(other), "dilation");
  other = s;
  other.out_channels = 4096;
  check(!taken(other), "filters that do not fit shared memory");
  other = s;
  other.in_width = 1 << 20;
  check(!taken(other), "rows that do not fit shared memory");
  other = s;
  other.kernel_height = 1 << 20;
  check(!taken(other), "a kernel that does not fit shared memory");
});

}  // namespace
}  // namespace trialforge::testing
