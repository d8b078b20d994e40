// A convolution with the activation and the pooling behind it, in one pass over the images, against
// the same operations one after the other.
#include <string>
#include <vector>

#include "cpu/ops.h"
#include "devices.h"
#include "testing.h"
#include "trialforge/activation.h"

namespace trialforge::testing {
namespace {

struct Case {
  const char* name;
  Conv2dShape conv;
  int pool, stride;
};

// clang-format off
const Case cases[] = {
    {"the paper's, 2x2", {.batch = 19, .in_height = 14, .in_width = 14, .in_channels = 16, .kernel_height = 3, .kernel_width = 3, .out_channels = 24}, 2, 2},
    {"3x3 windows, pixels left over", {.batch = 20, .in_height = 13, .in_width = 12, .in_channels = 9, .kernel_height = 3, .kernel_width = 3, .out_channels = 33}, 3, 3},
    {"overlapping windows", {.batch = 10, .in_height = 9, .in_width = 10, .in_channels = 8, .kernel_height = 5, .kernel_width = 5, .out_channels = 8, .padding = Padding::same}, 3, 2},
    {"strided convolution", {.batch = 9, .in_height = 15, .in_width = 15, .in_channels = 3, .kernel_height = 3, .kernel_width = 3, .out_channels = 10, .stride_height = 2, .stride_width = 2}, 2, 2},
    {"few images", {.batch = 2, .in_height = 17, .in_width = 18, .in_channels = 16, .kernel_height = 3, .kernel_width = 3, .out_channels = 16}, 2, 2},
};
// clang-format on

struct Separate {
  std::vector<float> y, pooled, dx, dw, dbias;
  std::vector<std::int32_t> argmax;
};

Separate one_after_the_other(const Device& device, const cpu::Conv2dBlock& block,
                             const std::vector<float>& x, const std::vector<float>& w,
                             const std::vector<float>& bias, const std::vector<float>& dpooled) {
  const Conv2dShape& conv = block.conv;
  const Pool2dShape& pool = *block.pool;
  Separate r;
  r.y.resize(conv.y_size());
  r.pooled.resize(pool.y_size());
  r.dx.resize(conv.x_size());
  r.dw.resize(conv.w_size());
  r.dbias.resize(conv.out_channels);
  std::vector<float> dy(conv.y_size());
  conv2d_forward(device, conv, x, w, bias, block.activation, r.y);
  if (block.pool_kind == PoolKind::max) {
    r.argmax.resize(pool.y_size());
    max_pool2d_forward(device, pool, r.y, r.pooled, r.argmax);
    max_pool2d_backward(device, pool, dpooled, r.argmax, dy);
  } else {
    average_pool2d_forward(device, pool, r.y, r.pooled);
    average_pool2d_backward(device, pool, dpooled, dy);
  }
  activation_backward(device, block.activation, r.y, dy, dy);
  conv2d_backward_input(device, conv, dy, w, r.dx);
  conv2d_backward_filter(device, conv, x, dy, r.dw, r.dbias);
  return r;
}

void agrees(const Device& device, const Case& c, PoolKind kind, Activation activation) {
  const Pool2dShape pool{.batch = c.conv.batch,
                         .in_height = c.conv.out_height(),
                         .in_width = c.conv.out_width(),
                         .channels = c.conv.out_channels,
                         .pool_height = c.pool,
                         .pool_width = c.pool,
                         .stride_height = c.stride,
                         .stride_width = c.stride};
  const cpu::Conv2dBlock block{
      .conv = c.conv, .activation = activation, .pool = pool, .pool_kind = kind};
  const auto x = random_floats(c.conv.x_size(), 1), w = random_floats(c.conv.w_size(), 2);
  const auto bias = random_floats(c.conv.out_channels, 3);
  const auto dpooled = random_floats(pool.y_size(), 4);
  const Separate expected = one_after_the_other(device, block, x, w, bias, dpooled);

  std::vector<float> y(c.conv.y_size()), pooled(pool.y_size()), dx(c.conv.x_size());
  std::vector<float> dw(c.conv.w_size()), dbias(c.conv.out_channels);
  std::vector<std::int32_t> argmax(pool.y_size());
  const cpu::Conv2dBlockOutputs outputs{.y = block.backward_needs_y() ? y.data() : nullptr,
                                        .pooled = pooled.data(),
                                        .argmax = kind == PoolKind::max ? argmax.data() : nullptr};
  cpu::conv2d_block_forward(device.pool(), block, x.data(), w.data(), bias.data(), outputs);
  check(pooled == expected.pooled, "pooled differs");
  if (outputs.y != nullptr) check(y == expected.y, "y differs");
  if (outputs.argmax != nullptr) check(argmax == expected.argmax, "argmax differs");
  cpu::conv2d_block_backward(
      device.pool(), block, x.data(), w.data(), outputs,
      {.dy = dpooled.data(), .dw = dw.data(), .dbias = dbias.data(), .dx = dx.data()});
  expect_close("dx", dx, expected.dx, 1e-5, 1e-5);
  expect_close("dw", dw, expected.dw, 1e-4, 1e-5);
  expect_close("dbias", dbias, expected.dbias, 1e-4, 1e-5);
}

const bool registered = [] {
  for (const Case& c : cases) {
    for (const PoolKind kind : {PoolKind::max, PoolKind::average}) {
      for (const Activation activation : {Activation::linear, Activation::relu, Activation::tanh}) {
        Register(
            std::string("conv2d block ") + c.name + ", " + activation_name(activation) +
                (kind == PoolKind::max ? ", max" : ", average") + " pooling",
            [&c, kind, activation] { agrees(test_device(DeviceKind::cpu), c, kind, activation); });
      }
    }
  }
  return true;
}();

}  // namespace
}  // namespace trialforge::testing
