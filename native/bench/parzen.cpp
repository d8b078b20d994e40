// Mixtures from the size of a search's first trials to what only a device is for. A density of a
// component at a point counts as two multiply-adds, a component at a point as one exponential (not
// counted).
#include "trialforge/parzen.h"

#include <memory>
#include <string>
#include <vector>

#include "case.h"

namespace trialforge::bench {
namespace {

struct Problem {
  int points, components, parameters;
};

/** Of Optuna's default 24 candidates, of a search with many, and the largest that a device is for.
 */
constexpr Problem on_any_device[] = {{24, 100, 10}, {24, 1000, 10}, {1000, 1000, 10}};
constexpr Problem on_cuda[] = {{24, 10000, 40}, {10000, 10000, 40}, {100000, 10000, 40}};

/** Owned arrays of one parameter; every parameter of a mixture is the same one. */
struct Operands {
  std::vector<double> mu, sigma, x, lower, upper, probability, log_weight;
  std::vector<std::int32_t> choice;

  explicit Operands(const Problem& problem) {
    const auto n = static_cast<std::size_t>(problem.points);
    const auto k = static_cast<std::size_t>(problem.components);
    for (std::size_t j = 0; j < k; ++j) {
      mu.push_back((static_cast<double>(j * 7919 % k) + 0.5) / static_cast<double>(k));
      sigma.push_back(0.1 + 0.2 * static_cast<double>(j % 13) / 13);
      probability.insert(probability.end(), {0.5, 0.25, 0.25});
    }
    for (std::size_t i = 0; i < n; ++i) {
      x.push_back((static_cast<double>(i) + 0.5) / static_cast<double>(n));
      lower.push_back(x.back() - 0.05);
      upper.push_back(x.back() + 0.05);
      choice.push_back(static_cast<std::int32_t>(i % 3));
    }
    log_weight.assign(k, 0);
  }

  std::vector<ParzenParameter> parameters(ParzenKernel kernel, int d) const {
    return std::vector<ParzenParameter>(static_cast<std::size_t>(d), {.kernel = kernel,
                                                                      .mu = mu,
                                                                      .sigma = sigma,
                                                                      .low = -0.1,
                                                                      .high = 1.1,
                                                                      .x = x,
                                                                      .lower = lower,
                                                                      .upper = upper,
                                                                      .probability = probability,
                                                                      .n_choices = 3,
                                                                      .choice = choice});
  }
};

Case case_of(const Problem& problem, const std::string& kernel, const std::string& pass) {
  Case c;
  c.name = kernel + ", " + std::to_string(problem.points) + " points, " +
           std::to_string(problem.components) + " components, " +
           std::to_string(problem.parameters) + " parameters";
  c.pass = pass;
  c.fields = {{"points", problem.points},
              {"components", problem.components},
              {"parameters", problem.parameters}};
  return c;
}

/** What stays on the device between two runs of a case. */
struct Resident {
  Operands operands;
  ParzenMixture mixture;
  ParzenPoints points;
  std::vector<double> out;

  Resident(const Device& device, const Problem& problem, ParzenKernel kernel,
           ParzenPrecision precision)
      : operands(problem),
        mixture(device, precision, operands.log_weight,
                operands.parameters(kernel, problem.parameters)),
        points(device, operands.parameters(kernel, problem.parameters), operands.x.size()),
        out(operands.x.size() * static_cast<std::size_t>(problem.parameters)) {}
};

void add_log_pdf(const Device& device, const Problem& problem, const std::string& name,
                 ParzenKernel kernel, ParzenPrecision precision, std::vector<Case>& cases) {
  const bool is_single = precision == ParzenPrecision::float32;
  Case c = case_of(problem, name, is_single ? "log density, float32" : "log density, float64");
  if (is_density(kernel)) {
    c.flops = 4.0 * problem.points * problem.components * problem.parameters;
  }
  c.prepare = [=]() -> std::function<void()> {
    const auto resident = std::make_shared<Resident>(device, problem, kernel, precision);
    return [resident] {
      resident->mixture.log_pdf(resident->points,
                                std::span(resident->out).first(resident->points.size()));
    };
  };
  cases.push_back(c);
}

void add_sample(const Device& device, const Problem& problem, std::vector<Case>& cases) {
  Case c = case_of(problem, "truncated normal", "sampling");
  c.prepare = [=]() -> std::function<void()> {
    const auto resident = std::make_shared<Resident>(
        device, problem, ParzenKernel::truncated_normal, ParzenPrecision::float64);
    return [resident] { resident->mixture.sample(1, 0, resident->points.size(), resident->out); };
  };
  cases.push_back(c);
}

}  // namespace

std::vector<Case> parzen_cases(const Target& target) {
  const Device& device = target.device;
  std::vector<Case> cases;
  const bool is_cuda = device.kind() == DeviceKind::cuda;
  std::vector<Problem> problems(std::begin(on_any_device), std::end(on_any_device));
  if (is_cuda) problems.insert(problems.end(), std::begin(on_cuda), std::end(on_cuda));
  for (const Problem& problem : problems) {
    add_log_pdf(device, problem, "truncated normal", ParzenKernel::truncated_normal,
                ParzenPrecision::float64, cases);
    if (!is_cuda) continue;
    add_log_pdf(device, problem, "truncated normal", ParzenKernel::truncated_normal,
                ParzenPrecision::float32, cases);
  }
  const Problem middle{1000, 1000, 10};
  for (const auto& [name, kernel] :
       {std::pair("truncated normal mass", ParzenKernel::truncated_normal_mass),
        std::pair("categorical", ParzenKernel::categorical)}) {
    add_log_pdf(device, middle, name, kernel, ParzenPrecision::float64, cases);
    if (is_cuda) add_log_pdf(device, middle, name, kernel, ParzenPrecision::float32, cases);
  }
  add_sample(device, middle, cases);
  return cases;
}

}  // namespace trialforge::bench
