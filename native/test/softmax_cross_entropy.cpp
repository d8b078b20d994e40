#include "trialforge/softmax_cross_entropy.h"

#include <cmath>
#include <limits>

#include "devices.h"
#include "reference/softmax_cross_entropy.h"
#include "testing.h"

namespace trialforge::testing {
namespace {

// Either side of every width that the kernels treat apart.
constexpr SoftmaxShape shapes[] = {{0, 3},    {1, 1},    {5, 2},    {7, 3},    {130, 10},
                                   {3, 16},   {3, 17},   {4, 31},   {4, 32},   {4, 33},
                                   {9, 128},  {2, 129},  {5, 257},  {2, 512},  {2, 513},
                                   {3, 1000}, {2, 1024}, {3, 1025}, {2, 4099}, {2, 5000}};
constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

struct Expected {
  std::vector<double> probabilities, loss, correct, dlogits;
};

struct Problem {
  SoftmaxShape shape;
  std::vector<float> logits;         // [batch, classes]
  std::vector<std::int32_t> labels;  // [batch]
  std::vector<float> targets;        // [batch, classes]
  float scale = 0;
};

std::size_t elements(const SoftmaxShape& shape) {
  return static_cast<std::size_t>(shape.batch) * static_cast<std::size_t>(shape.classes);
}

Problem random_problem(const SoftmaxShape& shape, float range) {
  Problem problem{shape, random_floats(elements(shape), shape.classes, -range, range), {}, {}, 0};
  const auto picks = random_floats(shape.batch, 3, 0, static_cast<float>(shape.classes));
  for (const float pick : picks) {
    problem.labels.push_back(std::min(static_cast<std::int32_t>(pick), shape.classes - 1));
  }
  // Soft targets whose rows do not sum to one, some of them zero.
  problem.targets = random_floats(elements(shape), 11, -0.3f, 1);
  for (float& target : problem.targets) target = std::max(target, 0.0f);
  problem.scale = shape.batch > 0 ? 1.0f / static_cast<float>(shape.batch) : 1.0f;
  return problem;
}

Expected expected_of(const Problem& problem, bool sparse) {
  const std::size_t rows = problem.shape.batch, n = elements(problem.shape);
  Expected expected{std::vector<double>(n), std::vector<double>(rows), std::vector<double>(rows),
                    std::vector<double>(n)};
  const std::vector<double> logits = to_double(problem.logits);
  reference::softmax_forward(problem.shape, logits, expected.probabilities);
  if (sparse) {
    reference::softmax_cross_entropy_sparse(problem.shape, logits, problem.labels, problem.scale,
                                            expected.loss, expected.correct, expected.dlogits);
  } else {
    reference::softmax_cross_entropy_dense(problem.shape, logits, to_double(problem.targets),
                                           problem.scale, expected.loss, expected.correct,
                                           expected.dlogits);
  }
  return expected;
}

/** Loss, metrics and gradient on `device`, also without a gradient and with it in place. */
void expect_agreement(const Device& device, const Problem& problem, bool sparse) {
  const SoftmaxShape& shape = problem.shape;
  const std::string what = (sparse ? "sparse " : "dense ") + std::to_string(shape.batch) + "x" +
                           std::to_string(shape.classes) + " ";
  const Expected expected = expected_of(problem, sparse);
  const DeviceArray<float> logits(device, problem.logits), targets(device, problem.targets);
  const DeviceArray<std::int32_t> labels(device, problem.labels);
  const DeviceArray<float> loss(device, shape.batch), correct(device, shape.batch);
  const DeviceArray<float> dlogits(device, problem.logits.size());
  const auto run = [&](std::span<float> gradient) {
    if (sparse) {
      softmax_cross_entropy_sparse(device, shape, logits.span(), labels.span(), problem.scale,
                                   loss.span(), correct.span(), gradient);
    } else {
      softmax_cross_entropy_dense(device, shape, logits.span(), targets.span(), problem.scale,
                                  loss.span(), correct.span(), gradient);
    }
  };
  run(dlogits.span());
  const std::vector<float> losses = loss.host(), gradient = dlogits.host();
  expect_close(what + "loss", losses, expected.loss, 1e-5, 2e-6);
  expect_close(what + "correct", correct.host(), expected.correct, 0, 0);
  expect_close(what + "dlogits", gradient, expected.dlogits, 2e-6, 1e-5);
  run({});
  expect_close(what + "loss without gradient", loss.host(), losses, 0, 0);
  run(logits.span());
  expect_close(what + "dlogits in place", logits.host(), gradient, 0, 0);
}

void expect_probabilities(const Device& device, const Problem& problem) {
  const Expected expected = expected_of(problem, true);
  const DeviceArray<float> logits(device, problem.logits), p(device, problem.logits.size());
  softmax_forward(device, problem.shape, logits.span(), p.span());
  const std::vector<float> probabilities = p.host();
  expect_close("softmax " + std::to_string(problem.shape.classes), probabilities,
               expected.probabilities, 1e-7, 1e-5);
  softmax_forward(device, problem.shape, logits.span(), logits.span());
  expect_close("softmax in place", logits.host(), probabilities, 0, 0);
}

const RegisterOnDevices softmax("softmax agrees with the reference", [](const Device& device) {
  for (const SoftmaxShape& shape : shapes) expect_probabilities(device, random_problem(shape, 8));
});

// Also rows that the threads share, and blocks of rows.
constexpr SoftmaxShape cpu_shapes[] = {{1, 32767}, {1, 32768}, {2, 100003}, {17, 40000}, {900, 10}};

const RegisterOnDevices log_softmax(
    "softmax and log_softmax agree with the reference", [](const Device& device) {
      const auto agrees = [&](const Problem& problem) {
        expect_probabilities(device, problem);
        std::vector<double> expected(problem.logits.size());
        reference::log_softmax_forward(problem.shape, to_double(problem.logits), expected);
        const DeviceArray<float> x(device, problem.logits), y(device, problem.logits.size());
        log_softmax_forward(device, problem.shape, x.span(), y.span());
        expect_close("log_softmax", y.host(), expected, 2e-6, 1e-6);
        log_softmax_forward(device, problem.shape, x.span(), x.span());
        check(x.host() == y.host() || std::isnan(expected[0]), "in place");
      };
      for (const SoftmaxShape& shape : shapes) agrees(random_problem(shape, 8));
      if (device.kind() == DeviceKind::cpu) {
        for (const SoftmaxShape& shape : cpu_shapes) agrees(random_problem(shape, 8));
      }
      for (const int classes : {3, 40, 1000, 50000}) {
        Problem problem = random_problem({3, classes}, 3);
        problem.logits[0] = nan;
        problem.logits[classes + 1] = inf;
        problem.logits[2 * classes + 2] = -inf;
        agrees(problem);
        agrees({{1, classes}, std::vector<float>(classes, -inf), {0}, {}, 1});
      }
    });

const Register softmax_threads("softmax does not depend on the number of threads", [] {
  const Device one = Device::cpu(1), three = Device::cpu(3);
  for (const SoftmaxShape& shape : cpu_shapes) {
    const std::vector<float> x = random_floats(elements(shape), 5, -8, 8);
    std::vector<float> a(x.size()), b(x.size());
    softmax_forward(one, shape, x, a);
    softmax_forward(three, shape, x, b);
    check(a == b, "softmax of " + std::to_string(shape.classes));
    log_softmax_forward(one, shape, x, a);
    log_softmax_forward(three, shape, x, b);
    check(a == b, "log_softmax of " + std::to_string(shape.classes));
  }
});

const RegisterOnDevices sparse("softmax_cross_entropy sparse agrees with the reference",
                               [](const Device& device) {
                                 for (const SoftmaxShape& shape : shapes) {
                                   expect_agreement(device, random_problem(shape, 8), true);
                                 }
                               });

const RegisterOnDevices dense("softmax_cross_entropy dense agrees with the reference",
                              [](const Device& device) {
                                for (const SoftmaxShape& shape : shapes) {
                                  expect_agreement(device, random_problem(shape, 8), false);
                                }
                              });

const RegisterOnDevices big("softmax_cross_entropy takes big logits", [](const Device& device) {
  for (const SoftmaxShape& shape : {SoftmaxShape{6, 10}, SoftmaxShape{3, 1500}}) {
    const Problem problem = random_problem(shape, 1e4f);
    expect_probabilities(device, problem);
    expect_agreement(device, problem, true);
    expect_agreement(device, problem, false);
  }
});

const RegisterOnDevices ties(
    "softmax_cross_entropy counts the first largest", [](const Device& device) {
      for (const int classes : {2, 10, 40, 300, 1000, 2000}) {
        Problem problem{{4, classes}, std::vector<float>(4 * classes, 0.25f), {}, {}, 1};
        problem.labels = {0, 1, classes - 1, classes / 2};
        problem.targets.resize(4 * classes);
        for (int row = 0; row < 4; ++row) {
          problem.targets[row * classes + problem.labels[row]] = 1;
          if (row == 3) problem.logits[row * classes + classes / 2] = 1;
        }
        expect_agreement(device, problem, true);
        expect_agreement(device, problem, false);
      }
    });

const RegisterOnDevices special("softmax_cross_entropy handles NaN and infinity",
                                [](const Device& device) {
                                  for (const int classes : {3, 40, 1300}) {
                                    const auto at = [&](int row, int column) {
                                      return row * classes + column;
                                    };
                                    Problem problem = random_problem({7, classes}, 3);
                                    problem.labels = {0, 1, 2, 0, 1, 2, 0};
                                    problem.logits[at(0, 1)] = nan;
                                    problem.logits[at(1, 1)] = inf;
                                    problem.logits[at(2, 1)] = -inf;
                                    for (int c = 0; c < classes; ++c)
                                      problem.logits[at(3, c)] = -inf;
                                    for (int c = 0; c < classes; ++c)
                                      problem.logits[at(4, c)] = nan;
                                    problem.logits[at(5, 2)] = -inf;  // an infinite loss
                                    for (int c = 0; c < classes; ++c) problem.targets[at(6, c)] = 0;
                                    expect_probabilities(device, problem);
                                    expect_agreement(device, problem, true);
                                    problem.targets[at(2, 1)] = 0;  // 0 log 0 adds nothing
                                    problem.targets[at(0, 1)] = 0;
                                    expect_agreement(device, problem, false);
                                  }
                                });

void gradient_is_the_slope(const Device& device, bool sparse) {
  constexpr double step = 1e-5;
  Problem problem = random_problem({3, 37}, 4);
  const auto mean_loss = [&](const std::vector<double>& logits) {
    std::vector<double> loss(problem.shape.batch), correct(problem.shape.batch);
    if (sparse) {
      reference::softmax_cross_entropy_sparse(problem.shape, logits, problem.labels, 1, loss,
                                              correct, {});
    } else {
      reference::softmax_cross_entropy_dense(problem.shape, logits, to_double(problem.targets), 1,
                                             loss, correct, {});
    }
    double sum = 0;
    for (const double value : loss) sum += value;
    return sum * problem.scale;
  };
  std::vector<double> logits = to_double(problem.logits), slope;
  for (double& value : logits) {
    const double kept = value;
    value = kept + step;
    const double high = mean_loss(logits);
    value = kept - step;
    slope.push_back((high - mean_loss(logits)) / (2 * step));
    value = kept;
  }
  expect_close("reference", expected_of(problem, sparse).dlogits, slope, 1e-9, 1e-7);
  const DeviceArray<float> x(device, problem.logits), targets(device, problem.targets);
  const DeviceArray<std::int32_t> labels(device, problem.labels);
  const DeviceArray<float> loss(device, problem.shape.batch), correct(device, problem.shape.batch);
  if (sparse) {
    softmax_cross_entropy_sparse(device, problem.shape, x.span(), labels.span(), problem.scale,
                                 loss.span(), correct.span(), x.span());
  } else {
    softmax_cross_entropy_dense(device, problem.shape, x.span(), targets.span(), problem.scale,
                                loss.span(), correct.span(), x.span());
  }
  expect_close("device", x.host(), slope, 1e-6, 1e-5);
}

const RegisterOnDevices sparse_slope("softmax_cross_entropy sparse has the slope as its gradient",
                                     [](const Device& device) {
                                       gradient_is_the_slope(device, true);
                                     });
const RegisterOnDevices dense_slope("softmax_cross_entropy dense has the slope as its gradient",
                                    [](const Device& device) {
                                      gradient_is_the_slope(device, false);
                                    });

const RegisterOnDevices bad_label(
    "softmax_cross_entropy meets labels out of range", [](const Device& device) {
      for (const int classes : {3, 40, 1300}) {
        for (const std::int32_t label : {-1, classes, std::numeric_limits<std::int32_t>::max()}) {
          Problem problem = random_problem({2, classes}, 3);
          problem.labels = {1, label};
          const DeviceArray<float> x(device, problem.logits), loss(device, 2), correct(device, 2);
          const DeviceArray<std::int32_t> labels(device, problem.labels);
          const DeviceArray<float> dx(device, problem.logits.size());
          const auto run = [&] {
            softmax_cross_entropy_sparse(device, problem.shape, x.span(), labels.span(), 1,
                                         loss.span(), correct.span(), dx.span());
          };
          if (device.kind() == DeviceKind::cpu) {
            expect_error(ErrorCode::invalid_argument,
                         "labels[1] must be in [0, " + std::to_string(classes) + "), not " +
                             std::to_string(label),
                         run);
            check(loss.host() == std::vector<float>{0, 0}, "something was written");
            continue;
          }
          run();
          check(!std::isnan(loss.host()[0]) && std::isnan(loss.host()[1]), "the wrong row is NaN");
          check(correct.host()[1] == 0, "a row without a label is correct");
          const std::vector<float> gradient = dx.host();
          for (int c = 0; c < classes; ++c) {
            check(!std::isnan(gradient[c]) && std::isnan(gradient[classes + c]),
                  "the wrong row is NaN");
          }
        }
      }
    });

const RegisterOnDevices refusals(
    "softmax_cross_entropy refuses bad arguments", [](const Device& device) {
      const DeviceArray<float> six(device, 6), two(device, 2);
      const DeviceArray<std::int32_t> labels(device, 2);
      const auto run = [&](SoftmaxShape shape, float scale, std::span<float> loss,
                           std::span<float> dlogits) {
        softmax_cross_entropy_sparse(device, shape, six.span(), labels.span(), scale, loss,
                                     two.span(), dlogits);
      };
      const auto refuses = [](const char* message, const std::function<void()>& body) {
        expect_error(ErrorCode::invalid_argument, message, body);
      };
      refuses("batch must be 0 or more, not -1", [&] { run({-1, 3}, 1, two.span(), {}); });
      refuses("classes must be 1 or more, not 0", [&] { run({2, 0}, 1, two.span(), {}); });
      refuses("logits must have 8 elements, not 6", [&] { run({2, 4}, 1, two.span(), {}); });
      refuses("scale must be finite, not nan", [&] { run({2, 3}, nan, two.span(), {}); });
      refuses("loss must have 2 elements, not 6", [&] { run({2, 3}, 1, six.span(), {}); });
      refuses("dlogits must have 6 elements, not 2", [&] {
        run({2, 3}, 1, two.span(), two.span());
      });
      refuses("targets must have 6 elements, not 2", [&] {
        softmax_cross_entropy_dense(device, {2, 3}, six.span(), two.span(), 1, two.span(),
                                    two.span(), {});
      });
      refuses("probabilities must have 6 elements, not 2", [&] {
        softmax_forward(device, {2, 3}, six.span(), two.span());
      });
      refuses("y must have 6 elements, not 2", [&] {
        log_softmax_forward(device, {2, 3}, six.span(), two.span());
      });
      refuses("2^31", [&] { softmax_forward(device, {1 << 16, 1 << 15}, six.span(), two.span()); });
      run({2, 3}, 1, two.span(), six.span());
    });

}  // namespace
}  // namespace trialforge::testing
