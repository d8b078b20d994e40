#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "devices.h"
#include "parzen_example.h"
#include "reference/parzen.h"
#include "testing.h"
#include "trialforge/parzen.h"

namespace trialforge::testing {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
using Kernels = std::vector<ParzenKernel>;

std::vector<ParzenParameter> parameters_of(const ParzenExample& example, const Kernels& kernels) {
  std::vector<ParzenParameter> parameters;
  for (const ParzenKernel kernel : kernels) parameters.push_back(example.parameter(kernel, 3));
  return parameters;
}

std::vector<double> log_pdf(const Device& device, ParzenPrecision precision,
                            std::span<const double> log_weight,
                            std::span<const ParzenParameter> parameters, std::size_t n) {
  std::vector<double> out(n, 7);
  parzen_log_pdf(device, precision, log_weight, parameters, out);
  return out;
}

std::vector<double> log_pdf_on_cpu(std::span<const double> log_weight,
                                   std::span<const ParzenParameter> parameters, std::size_t n) {
  std::vector<double> out(n);
  parzen_log_pdf(log_weight, parameters, out);
  return out;
}

/** Numbers of components and points around the sizes of tiles, and kernels for each. */
void for_each_problem(
    const std::function<void(const std::string&, std::span<const double>,
                             std::span<const ParzenParameter>, std::size_t)>& visit) {
  const auto problem = [&](std::size_t k, std::size_t n, const Kernels& kernels) {
    const ParzenExample example(k, n, 3);
    const std::vector<ParzenParameter> parameters = parameters_of(example, kernels);
    const std::vector<double> log_weight = uniform_doubles(k, 8, -3, 0);
    std::string what = std::to_string(k) + " components, " + std::to_string(n) + " points, kernels";
    for (const ParzenKernel kernel : kernels)
      what += " " + std::to_string(static_cast<int>(kernel));
    visit(what, log_weight, parameters, n);
  };
  for (const ParzenKernel kernel : every_parzen_kernel) problem(7, 9, {kernel});
  problem(1, 1, every_parzen_kernel);
  problem(65, 63, every_parzen_kernel);
  problem(3, 5, {});
  problem(130, 3, Kernels(9, ParzenKernel::truncated_normal));
  problem(300, 129, {ParzenKernel::normal, ParzenKernel::categorical});
  problem(2, 0, {ParzenKernel::normal});
  Kernels many(17, ParzenKernel::normal);
  many[3] = ParzenKernel::truncated_normal_mass;
  many[9] = ParzenKernel::log_normal;
  problem(129, 65, many);
}

const RegisterOnDevices doubles(
    "parzen mixture: float64 is as on the CPU, in every kernel and around the sizes of tiles",
    [](const Device& device) {
      for_each_problem([&](const std::string& what, auto log_weight, auto parameters,
                           std::size_t n) {
        const auto expected = log_pdf_on_cpu(log_weight, parameters, n);
        const auto actual = log_pdf(device, ParzenPrecision::float64, log_weight, parameters, n);
        const bool is_cpu = device.kind() == DeviceKind::cpu;
        expect_close(what, actual, expected, is_cpu ? 0 : 1e-12, is_cpu ? 0 : 1e-12);
        std::vector<double> plain(n);
        if (n * log_weight.size() < 100) {
          reference::parzen_log_pdf(log_weight, parameters, plain);
          expect_close(what + " and the plain sums", actual, plain, 1e-8, 1e-8);
        }
      });
    });

const Register floats("parzen mixture: float32 is as on the CPU but for rounding on cuda", [] {
  const Device& device = test_device(DeviceKind::cuda);
  for_each_problem([&](const std::string& what, auto log_weight, auto parameters, std::size_t n) {
    const auto expected = log_pdf_on_cpu(log_weight, parameters, n);
    const auto actual = log_pdf(device, ParzenPrecision::float32, log_weight, parameters, n);
    // In the tails of the masses, double precision ends before float32 does, and both are at most
    // what is asked for here.
    expect_close(what, actual, expected, 2e-5, 2e-6);
  });
});

const Register small_sigmas("parzen mixture: float32 keeps its digits far from 0 on cuda", [] {
  const Device& device = test_device(DeviceKind::cuda);
  const std::size_t k = 50, n = 40;
  std::vector<double> mu = uniform_doubles(k, 1, 0, 1), x = uniform_doubles(n, 2, 0, 1);
  // As in a search: a range far from 0, sigmas of a hundredth of it.
  for (double& value : mu) value = 1e6 + value;
  for (double& value : x) value = 1e6 + value;
  const std::vector<double> sigma(k, 0.01), log_weight(k, -std::log(k));
  const std::vector<ParzenParameter> parameters(2, {.kernel = ParzenKernel::truncated_normal,
                                                    .mu = mu,
                                                    .sigma = sigma,
                                                    .low = 1e6,
                                                    .high = 1e6 + 1,
                                                    .x = x});
  expect_close("float32", log_pdf(device, ParzenPrecision::float32, log_weight, parameters, n),
               log_pdf_on_cpu(log_weight, parameters, n), 1e-4, 2e-6);
});

const Register tail_masses("parzen mixture: masses in tails and of narrow intervals on cuda", [] {
  const Device& device = test_device(DeviceKind::cuda);
  const std::vector<double> mu{0}, sigma{1}, log_weight{0};
  const std::vector<double> lower{-30, -12, -6.1, 3, 9.99, 5, -1e-7, 2, -0.2, -29, 20};
  const std::vector<double> upper{-29, -11.99, -6, 3.0001, 10, 6, 1e-7, 2 + 1e-6, 0.1, 29, 29};
  const std::size_t n = lower.size();
  ParzenParameter p{.kernel = ParzenKernel::truncated_normal_mass,
                    .mu = mu,
                    .sigma = sigma,
                    .low = -31,
                    .high = 31,
                    .lower = lower,
                    .upper = upper};
  std::vector<double> expected;
  for (std::size_t i = 0; i < n; ++i) {
    expected.push_back(reference::log_normal_mass(lower[i], upper[i]));
  }
  const std::span one(&p, 1);
  expect_close("float64", log_pdf(device, ParzenPrecision::float64, log_weight, one, n), expected,
               1e-12, 1e-8);
  expect_close("float32", log_pdf(device, ParzenPrecision::float32, log_weight, one, n), expected,
               1e-6, 2e-6);
  p.kernel = ParzenKernel::normal_mass;
  expect_close("untruncated", log_pdf(device, ParzenPrecision::float32, log_weight, one, n),
               expected, 1e-6, 2e-6);
});

const Register many_points("parzen mixture: blocks of several tiles of components on cuda", [] {
  const Device& device = test_device(DeviceKind::cuda);
  const std::size_t k = 130, n = 32 * 1024 + 1, some = 50;
  const ParzenExample example(k, n, 2);
  const auto parameters = parameters_of(example, Kernels(9, ParzenKernel::normal));
  const std::vector<double> log_weight = uniform_doubles(k, 8, -3, 0);
  const auto actual = log_pdf(device, ParzenPrecision::float64, log_weight, parameters, n);
  for (const std::size_t first : {std::size_t{0}, n - some}) {
    auto part = parameters;
    for (ParzenParameter& p : part) p.x = p.x.subspan(first, some);
    expect_close("points from " + std::to_string(first), std::span(actual).subspan(first, some),
                 log_pdf_on_cpu(log_weight, part, some), 1e-12, 1e-12);
  }
});

const Register parts("parzen mixture: so many components that the points are parted on cuda", [] {
  const Device& device = test_device(DeviceKind::cuda);
  const std::size_t k = (1 << 16) - 3, n = 66;
  const ParzenExample example(k, n, 3);
  const auto parameters =
      parameters_of(example, {ParzenKernel::categorical, ParzenKernel::log_normal});
  const std::vector<double> log_weight(k, -1);
  expect_close("log_pdf", log_pdf(device, ParzenPrecision::float64, log_weight, parameters, n),
               log_pdf_on_cpu(log_weight, parameters, n), 1e-12, 1e-12);
});

void expect_nothing(const Device& device, ParzenPrecision precision) {
  const std::vector<double> mu{0.5, 0.2}, sigma{0.1, 1e-9}, log_weight{0, -infinity};
  const std::vector<double> x{-1, 2, infinity}, lower{0.5, 0.7, -infinity},
      upper{0.5, 0.6, -infinity};
  const std::vector<double> none{0, 1, 0, 1};
  const std::vector<std::int32_t> choice{0, 0, 0};
  for (const ParzenKernel kernel :
       {ParzenKernel::truncated_normal, ParzenKernel::truncated_normal_mass,
        ParzenKernel::normal_mass, ParzenKernel::log_normal_mass, ParzenKernel::categorical}) {
    const ParzenParameter p{.kernel = kernel,
                            .mu = mu,
                            .sigma = sigma,
                            .low = 0,
                            .high = 1,
                            .x = x,
                            .lower = lower,
                            .upper = upper,
                            .probability = none,
                            .n_choices = 2,
                            .choice = choice};
    for (const double value : log_pdf(device, precision, log_weight, std::span(&p, 1), 3)) {
      check(value == -infinity, "kernel " + std::to_string(static_cast<int>(kernel)) + " gives " +
                                    std::to_string(value));
    }
  }
  const std::vector<double> far{1e300, -infinity, infinity};
  for (const ParzenKernel kernel : {ParzenKernel::normal, ParzenKernel::log_normal}) {
    ParzenParameter p{.kernel = kernel, .mu = mu, .sigma = sigma, .x = far};
    const auto out = log_pdf(device, precision, log_weight, std::span(&p, 1), 3);
    const auto expected = log_pdf_on_cpu(log_weight, std::span(&p, 1), 3);
    for (std::size_t i = kernel == ParzenKernel::normal ? 0 : 1; i < 3; ++i) {
      check(expected[i] == -infinity || std::isfinite(expected[i]), "the CPU gives no number");
      check(out[i] == -infinity || out[i] < -1e30, "a density at the end of the world");
    }
  }
  const std::vector<double> no_weight{-infinity, -infinity}, inside{0.1, 0.2, 0.3};
  const ParzenParameter p{.kernel = ParzenKernel::normal, .mu = mu, .sigma = sigma, .x = inside};
  for (const double value : log_pdf(device, precision, no_weight, std::span(&p, 1), 3)) {
    check(value == -infinity, "a mixture without weight has a density");
  }
}

const RegisterOnDevices nothing_there(
    "parzen mixture: points without density are -Infinity, never NaN", [](const Device& device) {
      expect_nothing(device, ParzenPrecision::float64);
      if (device.kind() == DeviceKind::cuda) expect_nothing(device, ParzenPrecision::float32);
    });

const RegisterOnDevices widths(
    "parzen mixture: a sigma of 0 is the floor of Hyperopt", [](const Device& device) {
      const std::vector<double> mu{1, 0.5}, sigma{0, 0}, log_weight{-1, -2};
      const std::vector<double> x{1, 0.5}, lower{0.9, 0.6}, upper{1.1, 0.7};
      for (const ParzenKernel kernel : {ParzenKernel::normal, ParzenKernel::normal_mass}) {
        const ParzenParameter p{
            .kernel = kernel, .mu = mu, .sigma = sigma, .x = x, .lower = lower, .upper = upper};
        expect_close("float64",
                     log_pdf(device, ParzenPrecision::float64, log_weight, std::span(&p, 1), 2),
                     log_pdf_on_cpu(log_weight, std::span(&p, 1), 2), 1e-12, 1e-12);
      }
    });

const RegisterOnDevices resident(
    "parzen mixture: one of many points, points of many mixtures", [](const Device& device) {
      const ParzenExample few(20, 11, 3), more(5, 150, 3), other(33, 150, 3);
      const auto small = parameters_of(few, every_parzen_kernel);
      const auto large = parameters_of(more, every_parzen_kernel);
      const auto second = parameters_of(other, every_parzen_kernel);
      const std::vector<double> weights(20, -1), other_weights(33, -2);
      ParzenMixture first(device, ParzenPrecision::float64, weights, small);
      const ParzenPoints points(device, large, 150);
      check(points.size() == 150, "the points are not counted");
      const auto expect = [&](ParzenMixture& mixture, const ParzenPoints& at,
                              std::span<const double> log_weight,
                              const std::vector<ParzenParameter>& components,
                              const std::vector<ParzenParameter>& where) {
        std::vector<ParzenParameter> both = components;
        for (std::size_t p = 0; p < both.size(); ++p) {
          both[p].x = where[p].x;
          both[p].lower = where[p].lower;
          both[p].upper = where[p].upper;
          both[p].choice = where[p].choice;
        }
        std::vector<double> out(at.size());
        mixture.log_pdf(at, out);
        expect_close("log_pdf", out, log_pdf_on_cpu(log_weight, both, at.size()), 1e-12, 1e-12);
      };
      expect(first, ParzenPoints(device, small, 11), weights, small, small);
      expect(first, points, weights, small, large);
      ParzenMixture moved = std::move(first);
      expect(moved, ParzenPoints(device, small, 11), weights, small, small);
      ParzenMixture next(device, ParzenPrecision::float64, other_weights, second);
      expect(next, points, other_weights, second, large);
    });

// --- sampling

std::vector<double> drawn(const ParzenMixture& mixture, std::size_t n, std::size_t d,
                          std::uint64_t seed = 5, std::uint64_t step = 1) {
  std::vector<double> out(n * d, -7);
  mixture.sample(seed, step, n, out);
  return out;
}

const RegisterOnDevices samples(
    "parzen mixture: draws are those of the reference", [](const Device& device) {
      const std::size_t k = 6, n = 7, d = every_parzen_kernel.size();
      const ParzenExample example(k, n, 3);
      const auto parameters = parameters_of(example, every_parzen_kernel);
      std::vector<double> log_weight = uniform_doubles(k, 8, -3, 0), expected(n * d);
      log_weight[2] = -infinity;
      const ParzenMixture mixture(device, ParzenPrecision::float64, log_weight, parameters);
      reference::parzen_sample(log_weight, parameters, 5, 1, expected);
      const std::vector<double> actual = drawn(mixture, n, d);
      expect_close("values", actual, expected, 1e-7, 1e-7);
      const std::vector<double> fewer = drawn(mixture, 5, d);
      check(std::equal(fewer.begin(), fewer.end(), actual.begin()), "a row depends on n");
      check(drawn(mixture, n, d, 6) != actual, "the seed does not matter");
      check(drawn(mixture, n, d, 5, 2) != actual, "the step does not matter");
      check(drawn(mixture, 0, d).empty(), "no points are some");
    });

const RegisterOnDevices moments("parzen mixture: draws have the mixture's moments", [](const Device&
                                                                                           device) {
  const std::size_t n = 20000;
  const std::vector<double> mu{0.2, 0.9}, sigma{0.3, 0.01};
  const std::vector<double> log_weight{std::log(3), std::log(1)};
  const std::vector<double> probability{0.5, 0, 0.5, 0, 0.2, 0};
  const std::vector<ParzenParameter> parameters{
      {.kernel = ParzenKernel::normal, .mu = mu, .sigma = sigma},
      {.kernel = ParzenKernel::categorical, .probability = probability, .n_choices = 3},
      {.kernel = ParzenKernel::truncated_normal, .mu = mu, .sigma = sigma, .low = 0.5, .high = 1}};
  const ParzenMixture mixture(device, ParzenPrecision::float64, log_weight, parameters);
  const std::vector<double> values = drawn(mixture, n, 3);
  double sum = 0, squares = 0;
  std::vector<double> count(3);
  for (std::size_t i = 0; i < n; ++i) {
    const double x = values[3 * i], choice = values[3 * i + 1], inside = values[3 * i + 2];
    sum += x;
    squares += x * x;
    check(choice == 0 || choice == 1 || choice == 2, "a choice is none");
    count[static_cast<std::size_t>(choice)] += 1;
    check(inside >= 0.5 && inside <= 1, "a truncated normal is outside of its range");
  }
  // Within five standard errors.
  const double mean = 0.75 * 0.2 + 0.25 * 0.9;
  const double square = 0.75 * (0.09 + 0.04) + 0.25 * (0.0001 + 0.81);
  check(std::abs(sum / n - mean) < 5 * std::sqrt((square - mean * mean) / n), "the mean is off");
  check(std::abs(squares / n - square) < 0.02, "the second moment is off");
  check(std::abs(count[1] / n - 0.25) < 5 * std::sqrt(0.25 * 0.75 / n), "choice 1 is off");
  check(std::abs(count[0] / n - 0.375) < 5 * std::sqrt(0.375 * 0.625 / n), "choice 0 is off");
});

const RegisterOnDevices refusals(
    "parzen mixture: bad arguments are refused by name", [](const Device& device) {
      const ParzenExample example(2, 3, 3);
      const std::vector<double> log_weight{-1, -1}, none{-infinity, -infinity};
      const auto refuse = [](const std::string& part, const std::function<void()>& body) {
        expect_error(ErrorCode::invalid_argument, part, body);
      };
      const auto normal = parameters_of(example, {ParzenKernel::normal});
      const auto choice = parameters_of(example, {ParzenKernel::categorical});
      const auto float64 = ParzenPrecision::float64;
      std::vector<double> out(3);
      ParzenMixture mixture(device, float64, log_weight, normal);
      refuse("out must have 3",
             [&] { mixture.log_pdf(ParzenPoints(device, normal, 3), std::span(out).first(2)); });
      refuse("1 parameters, not 0", [&] { mixture.log_pdf(ParzenPoints(device, {}, 3), out); });
      refuse("parameters[0].kernel must be the same",
             [&] { mixture.log_pdf(ParzenPoints(device, choice, 3), out); });
      refuse("parameters[0].x must have 4", [&] { ParzenPoints(device, normal, 4); });
      refuse("parameters[0].mu must have 1",
             [&] { ParzenMixture(device, float64, std::span(log_weight).first(1), normal); });
      refuse("logWeight must have at least one", [&] { ParzenMixture(device, float64, {}, {}); });
      const std::vector<double> two{0.5, 0.5, 0.5, 0.5};
      auto fewer = choice;
      fewer[0].probability = two;
      fewer[0].n_choices = 2;
      refuse("parameters[0].nChoices must be the same", [&] {
        ParzenMixture(device, float64, log_weight, fewer)
            .log_pdf(ParzenPoints(device, choice, 3), out);
      });
      refuse("out must have 2", [&] { mixture.sample(1, 1, 2, out); });
      refuse("above -Infinity",
             [&] { ParzenMixture(device, float64, none, normal).sample(1, 1, 3, out); });
    });

const Register cpu_refusals("parzen mixture: float32 is refused on the CPU", [] {
  const std::vector<double> log_weight{0};
  expect_error(ErrorCode::invalid_argument, "float32 needs a CUDA device", [&] {
    ParzenMixture(test_device(DeviceKind::cpu), ParzenPrecision::float32, log_weight, {});
  });
});

const Register elsewhere("parzen mixture: points of another device are refused on cuda", [] {
  const std::vector<double> log_weight{0};
  std::vector<double> out(1);
  ParzenMixture mixture(test_device(DeviceKind::cuda), ParzenPrecision::float64, log_weight, {});
  expect_error(ErrorCode::invalid_argument, "must be on cuda:0, not on cpu",
               [&] { mixture.log_pdf(ParzenPoints(test_device(DeviceKind::cpu), {}, 1), out); });
});

}  // namespace
}  // namespace trialforge::testing
