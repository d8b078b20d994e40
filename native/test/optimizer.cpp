#include "trialforge/optimizer.h"

#include <cmath>

#include "devices.h"
#include "reference/optimizer.h"
#include "testing.h"

namespace trialforge::testing {
namespace {

struct Case {
  const char* name;
  OptimizerSpec spec;
};

// clang-format off
const Case cases[] = {
    {"sgd", {.kind = OptimizerKind::sgd, .learning_rate = 0.01f}},
    {"sgd with momentum", {.kind = OptimizerKind::sgd, .learning_rate = 0.01f, .momentum = 0.9f}},
    {"sgd with Nesterov momentum", {.kind = OptimizerKind::sgd, .learning_rate = 0.01f, .momentum = 0.9f, .nesterov = true}},
    {"adam", {.kind = OptimizerKind::adam}},
    {"adam with a corrected epsilon", {.kind = OptimizerKind::adam, .epsilon = 0.1f, .corrected_epsilon = true}},
    {"rmsprop", {.kind = OptimizerKind::rmsprop}},
    {"rmsprop, centered, with momentum", {.kind = OptimizerKind::rmsprop, .momentum = 0.5f, .centered = true}},
    {"rmsprop, centered", {.kind = OptimizerKind::rmsprop, .centered = true}},
    {"adagrad", {.kind = OptimizerKind::adagrad, .learning_rate = 0.05f}},
    {"adadelta", {.kind = OptimizerKind::adadelta, .learning_rate = 1, .rho = 0.95f}},
};
// clang-format on

/** Ten steps with changing gradients, some weights regularised. */
void agrees_with_reference(const Device& device, const OptimizerSpec& spec, std::size_t n) {
  const std::size_t slots = static_cast<std::size_t>(spec.slots());
  const std::vector<float> initial = random_floats(n, 1);
  const DeviceArray<float> w_device(device, initial), state_device(device, slots * n);
  std::vector<double> w = to_double(initial), state(slots * n);
  const std::vector<RegularizedSegment> segments = {
      {.begin = 0, .end = n / 2, .l1 = 0.01f, .l2 = 0.02f}, {.begin = n / 2, .end = n - n / 4}};
  optimizer_init(device, spec, state_device.span());
  reference::optimizer_init(spec, state);
  for (std::uint64_t t = 1; t <= 10; ++t) {
    const std::vector<float> dw = random_floats(n, 100 + t);
    const DeviceArray<float> dw_device(device, dw);
    optimizer_step(device, spec, t, segments, dw_device.span(), w_device.span(),
                   state_device.span());
    reference::optimizer_step(spec, t, segments, to_double(dw), w, state);
  }
  expect_close("weights", w_device.host(), w, 1e-5, 1e-5);
  expect_close("state", state_device.host(), state, 1e-5, 1e-4);
  const double penalty = regularization_loss(device, segments, w_device.span());
  check(std::abs(penalty - reference::regularization_loss(segments, w)) <= 1e-5 * (1 + penalty),
        "the penalty differs");
}

const bool registered = [] {
  for (const Case& c : cases) {
    RegisterOnDevices(std::string("optimizer ") + c.name + " agrees with the reference",
                      [&c](const Device& device) {
                        for (const std::size_t n : {1, 15, 33, 10001, 16000}) {
                          agrees_with_reference(device, c.spec, n);
                        }
                      });
  }
  return true;
}();

const Register refuses("optimizer refuses values out of range", [] {
  const auto refused = [](const char* part, const OptimizerSpec& spec) {
    expect_error(ErrorCode::invalid_argument, part, [&] { spec.validate(); });
  };
  for (const float rate : {0.0f, -1.0f, INFINITY, NAN}) {
    refused("learning_rate must be above 0", {.learning_rate = rate});
  }
  refused("momentum must be in [0, 1]", {.momentum = 1.5f});
  refused("beta_1 must be in [0, 1)", {.beta_1 = 1});
  refused("epsilon must be 0 or more", {.epsilon = -1e-7f});
  const Device& device = test_device(DeviceKind::cpu);
  const DeviceArray<float> w(device, 4), state(device, 8);
  const std::vector<RegularizedSegment> outside = {{.begin = 2, .end = 5}};
  expect_error(ErrorCode::invalid_argument, "lies outside 4 weights",
               [&] { optimizer_step(device, {}, 1, outside, w.span(), w.span(), state.span()); });
  expect_error(ErrorCode::invalid_argument, "state must have 8 elements, not 4",
               [&] { optimizer_step(device, {}, 1, {}, w.span(), w.span(), w.span()); });
});

}  // namespace
}  // namespace trialforge::testing
