// Mixtures and points that stay on a device. On CUDA all numbers of one are packed into one buffer.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "cpu/parzen.h"
#include "cuda/backend.h"
#include "ops/check.h"
#include "ops/parzen_check.h"
#include "trialforge/buffer.h"

namespace trialforge {
namespace {

constexpr std::size_t most_elements = (std::size_t{1} << 31) - 1;

using Doubles = std::vector<double>;

void append(Doubles& to, std::span<const double> values) {
  to.insert(to.end(), values.begin(), values.end());
}

std::size_t rows_of_points(ParzenKernel kernel) {
  return kernel == ParzenKernel::categorical || is_density(kernel) ? 1 : 2;
}

Buffer upload(const Device& device, const void* data, std::size_t bytes) {
  if (bytes == 0) return {};
  Buffer buffer(device, bytes);
  buffer.copy_from_host(data, bytes);
  return buffer;
}

Buffer upload(const Device& device, const Doubles& values) {
  return upload(device, values.data(), values.size() * sizeof(double));
}

/** Of a density: numbers near 0 and near 1, which keep most digits in float32. */
void set_scale(const ParzenParameter& p, cuda::ParzenColumn& column) {
  const auto [least, most] = std::minmax_element(p.mu.begin(), p.mu.end());
  column.centre = *least / 2 + *most / 2;
  column.scale = std::max(*most / 2 - *least / 2, *std::ranges::max_element(p.sigma));
  if (column.scale == 0) column.scale = 1;
}

/** The sums of the weights relative to the largest one. */
Doubles cumulative_weights(std::span<const double> log_weight) {
  const double largest = *std::ranges::max_element(log_weight);
  Doubles cumulative;
  double sum = 0;
  for (const double value : log_weight) {
    if (value > -INFINITY) sum += std::exp(value - largest);
    cumulative.push_back(sum);
  }
  return cumulative;
}

bool is_same_device(const Device& a, const Device& b) {
  return a.kind() == b.kind() && a.index() == b.index();
}

}  // namespace

struct ParzenPoints::State {
  struct Kind {
    ParzenKernel kernel;
    std::size_t n_choices;
  };
  Device device;
  std::size_t n;
  std::vector<Kind> kinds;
  // CPU
  std::vector<Doubles> x, lower, upper;
  std::vector<std::vector<std::int32_t>> choice;
  // CUDA: rows of n numbers, one or two a parameter
  Buffer rows;

  void copy(std::span<const ParzenParameter> parameters) {
    for (const ParzenParameter& p : parameters) {
      const bool is_categorical = p.kernel == ParzenKernel::categorical;
      const bool is_mass = !is_categorical && !is_density(p.kernel);
      const auto doubles = [](bool used, std::span<const double> values) {
        return used ? Doubles(values.begin(), values.end()) : Doubles();
      };
      x.push_back(doubles(is_density(p.kernel), p.x));
      lower.push_back(doubles(is_mass, p.lower));
      upper.push_back(doubles(is_mass, p.upper));
      choice.emplace_back();
      if (is_categorical) choice.back().assign(p.choice.begin(), p.choice.end());
    }
  }

  void pack(std::span<const ParzenParameter> parameters) {
    Doubles packed;
    for (const ParzenParameter& p : parameters) {
      if (p.kernel == ParzenKernel::categorical) {
        packed.insert(packed.end(), p.choice.begin(), p.choice.end());
      } else if (is_density(p.kernel)) {
        append(packed, p.x);
      } else {
        append(packed, p.lower);
        append(packed, p.upper);
      }
    }
    rows = upload(device, packed);
  }
};

ParzenPoints::ParzenPoints(const Device& device, std::span<const ParzenParameter> parameters,
                           std::size_t n) {
  require(n <= most_elements, "n must be less than 2^31, not " + std::to_string(n));
  state_.reset(new State{.device = device, .n = n});
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    check_parzen_points(parzen_name(p), parameters[p], n);
    state_->kinds.push_back({parameters[p].kernel, parameters[p].n_choices});
  }
  if (device.kind() == DeviceKind::cpu) {
    state_->copy(parameters);
  } else {
    state_->pack(parameters);
  }
}

ParzenPoints::~ParzenPoints() = default;
ParzenPoints::ParzenPoints(ParzenPoints&&) noexcept = default;
ParzenPoints& ParzenPoints::operator=(ParzenPoints&&) noexcept = default;

std::size_t ParzenPoints::size() const noexcept { return state_->n; }

struct ParzenMixture::State {
  Device device;
  Doubles log_weight, cumulative;
  // On the CPU the spans see into `arrays`; on CUDA there are only kernels and numbers of choices.
  std::vector<ParzenParameter> parameters;
  std::vector<Doubles> arrays;
  // CUDA
  cuda::ParzenView view;
  Buffer numbers, columns, prepared, workspace, result;

  void reserve(Buffer& buffer, std::size_t bytes) const {
    if (buffer.bytes() >= bytes) return;
    buffer = {};
    buffer = Buffer(device, bytes);
  }

  /** Copies mu and sigma, or the probabilities. */
  void copy(std::span<const ParzenParameter> given) {
    const auto copied = [&](std::span<const double> values) {
      return std::span<const double>(arrays.emplace_back(values.begin(), values.end()));
    };
    for (const ParzenParameter& p : given) {
      ParzenParameter own{
          .kernel = p.kernel, .low = p.low, .high = p.high, .n_choices = p.n_choices};
      if (p.kernel == ParzenKernel::categorical) {
        own.probability = copied(p.probability);
      } else {
        own.mu = copied(p.mu);
        own.sigma = copied(p.sigma);
      }
      parameters.push_back(own);
    }
  }

  void pack(ParzenPrecision precision, std::span<const ParzenParameter> given) {
    Doubles packed;
    std::vector<cuda::ParzenColumn> list;
    std::size_t row = 0;
    view = {.precision = precision, .k = log_weight.size(), .parameters = given.size()};
    for (std::size_t i = 0; i < given.size(); ++i) {
      const ParzenParameter& p = given[i];
      cuda::ParzenColumn column{.kernel = p.kernel,
                                .low = p.low,
                                .high = p.high,
                                .parameter = i,
                                .components = packed.size(),
                                .points = row};
      if (p.kernel == ParzenKernel::categorical) {
        column.n_choices = static_cast<int>(p.n_choices);
        column.log_choices = view.choices;
        view.choices += p.n_choices;
        append(packed, p.probability);
      } else {
        append(packed, p.mu);
        append(packed, p.sigma);
        if (is_density(p.kernel)) set_scale(p, column);
      }
      view.densities += is_density(p.kernel);
      row += rows_of_points(p.kernel);
      list.push_back(column);
      parameters.push_back({.kernel = p.kernel, .n_choices = p.n_choices});
    }
    std::ranges::stable_partition(list, [](const auto& c) { return is_density(c.kernel); });
    const std::size_t k = view.k, components = packed.size();
    append(packed, log_weight);
    append(packed, cumulative);
    numbers = upload(device, packed);
    columns = upload(device, list.data(), list.size() * sizeof(list[0]));
    view.columns = static_cast<const cuda::ParzenColumn*>(columns.data());
    view.components = numbers.as<double>().data();
    view.log_weight = view.components + components;
    view.cumulative = view.log_weight + k;
    prepared = Buffer(device, cuda::parzen_prepared_bytes(view));
    view.prepared = prepared.data();
    cuda::parzen_prepare(cuda::queue_of(device), view);
  }
};

ParzenMixture::ParzenMixture(const Device& device, ParzenPrecision precision,
                             std::span<const double> log_weight,
                             std::span<const ParzenParameter> parameters) {
  require(precision == ParzenPrecision::float64 || device.kind() == DeviceKind::cuda,
          "precision float32 needs a CUDA device; mixtures on the CPU have float64 only");
  require(
      log_weight.size() <= most_elements,
      "a mixture must have less than 2^31 components, not " + std::to_string(log_weight.size()));
  check_parzen_weights(log_weight);
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    check_parzen_components(parzen_name(p), parameters[p], log_weight.size());
    require(parameters[p].n_choices <= most_elements,
            parzen_name(p) + ".nChoices must be less than 2^31");
  }
  state_.reset(new State{.device = device,
                         .log_weight = Doubles(log_weight.begin(), log_weight.end()),
                         .cumulative = cumulative_weights(log_weight)});
  if (device.kind() == DeviceKind::cpu) {
    state_->copy(parameters);
  } else {
    state_->pack(precision, parameters);
  }
}

ParzenMixture::~ParzenMixture() = default;
ParzenMixture::ParzenMixture(ParzenMixture&&) noexcept = default;
ParzenMixture& ParzenMixture::operator=(ParzenMixture&&) noexcept = default;

void ParzenMixture::log_pdf(const ParzenPoints& given, std::span<double> out) {
  const ParzenPoints::State& points = *given.state_;
  State& self = *state_;
  require(is_same_device(points.device, self.device),
          "the points must be on " + self.device.name() + ", not on " + points.device.name());
  require_size("out", out, points.n);
  require(points.kinds.size() == self.parameters.size(),
          "the points must have " + std::to_string(self.parameters.size()) + " parameters, not " +
              std::to_string(points.kinds.size()));
  for (std::size_t p = 0; p < self.parameters.size(); ++p) {
    const ParzenParameter& own = self.parameters[p];
    require(points.kinds[p].kernel == own.kernel,
            parzen_name(p) + ".kernel must be the same in the points and in the mixture");
    require(own.kernel != ParzenKernel::categorical || points.kinds[p].n_choices == own.n_choices,
            parzen_name(p) + ".nChoices must be the same in the points and in the mixture");
  }
  if (self.device.kind() == DeviceKind::cpu) {
    std::vector<ParzenParameter> parameters = self.parameters;
    for (std::size_t p = 0; p < parameters.size(); ++p) {
      parameters[p].x = points.x[p];
      parameters[p].lower = points.lower[p];
      parameters[p].upper = points.upper[p];
      parameters[p].choice = points.choice[p];
    }
    return cpu::parzen_log_pdf(self.log_weight, parameters, out);
  }
  if (points.n == 0) return;
  const std::size_t bytes = out.size_bytes();
  self.reserve(self.workspace, cuda::parzen_workspace_bytes(self.view, points.n));
  self.reserve(self.result, bytes);
  cuda::parzen_log_pdf(cuda::queue_of(self.device), self.view, points.rows.as<double>().data(),
                       points.n, self.workspace.data(), self.result.as<double>().data());
  self.result.copy_to_host(out.data(), bytes);
}

void ParzenMixture::sample(std::uint64_t seed, std::uint64_t step, std::size_t n,
                           std::span<double> out) const {
  const State& self = *state_;
  const std::size_t d = self.parameters.size();
  require(n <= most_elements && (d == 0 || n <= std::numeric_limits<std::size_t>::max() / 8 / d),
          "n is too large: " + std::to_string(n));
  require_size("out", out, n * d);
  require(self.cumulative.back() > 0, "logWeight must have an element above -Infinity");
  if (out.empty()) return;
  if (self.device.kind() == DeviceKind::cpu) {
    return cpu::parzen_sample(self.cumulative, self.parameters, seed, step, out);
  }
  const Buffer values(self.device, out.size_bytes());
  cuda::parzen_sample(cuda::queue_of(self.device), self.view, seed, step, n,
                      values.as<double>().data());
  values.copy_to_host(out.data(), out.size_bytes());
}

void parzen_log_pdf(const Device& device, ParzenPrecision precision,
                    std::span<const double> log_weight, std::span<const ParzenParameter> parameters,
                    std::span<double> out) {
  ParzenMixture mixture(device, precision, log_weight, parameters);
  mixture.log_pdf(ParzenPoints(device, parameters, out.size()), out);
}

}  // namespace trialforge
