#include "trialforge/parzen_history.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "cpu/parzen_side.h"
#include "ops/check.h"

namespace trialforge {
namespace {

/** From so many changes on, columns are sorted anew. */
constexpr std::size_t many_changes = 64;

void check_dimension(const std::string& name, const ParzenDimension& d) {
  if (d.n_choices > 0) {
    require(d.n_choices < 1u << 31, name + ".nChoices must be below 2^31");
    return;
  }
  require(std::isfinite(d.low) && std::isfinite(d.high) && d.low < d.high &&
              std::isfinite(d.high - d.low),
          name + ".low and .high must be finite with low < high, not " + std::to_string(d.low) +
              " and " + std::to_string(d.high));
  require(std::isfinite(d.step) && d.step >= 0,
          name + ".step must be finite and not negative, not " + std::to_string(d.step));
  require(
      !d.log || d.low - d.step / 2 > 0,
      name + ".low - step / 2 must be above 0 with log, not " + std::to_string(d.low - d.step / 2));
}

bool is_value(const ParzenDimension& d, double value) {
  return d.n_choices > 0
             ? value >= 0 && value < static_cast<double>(d.n_choices) && value == std::floor(value)
             : std::isfinite(value) && !(d.log && value <= 0);
}

/** Rows [n, d] of which the i-th is looked at if `counts(i)`. */
template <typename Counts>
void check_rows(const char* name, std::span<const ParzenDimension> dimensions,
                std::span<const double> rows, Counts counts) {
  for (std::size_t i = 0, at = 0; at < rows.size(); ++i) {
    if (!counts(i)) {
      at += dimensions.size();
      continue;
    }
    for (const ParzenDimension& d : dimensions) {
      const double value = rows[at];
      if (!is_value(d, value)) {
        const std::string allowed = d.n_choices > 0
                                        ? "an integer in 0.." + std::to_string(d.n_choices - 1)
                                        : std::string("finite") + (d.log ? " and above 0" : "");
        throw Error(ErrorCode::invalid_argument, std::string(name) + "[" + std::to_string(at) +
                                                     "] must be " + allowed + ", not " +
                                                     std::to_string(value));
      }
      ++at;
    }
  }
}

void check_draws(std::span<const double> uniforms, std::span<const double> below, std::size_t n,
                 std::size_t d, std::size_t size) {
  require_size("uniforms", uniforms, n * (d + 1));
  require(std::all_of(uniforms.begin(), uniforms.end(), [](double u) { return u >= 0 && u < 1; }),
          "uniforms must be in [0, 1)");
  require_size("below", below, size + 1);
  require(std::all_of(below.begin(), below.end(), [](double w) { return w >= 0; }),
          "below must be numbers from 0");
}

/** Points [n, d], and the components that they were drawn from [n]. */
struct Drawn {
  std::vector<double> points;
  std::vector<std::size_t> components;
};

/** Without the points that came before. */
void remove_copies(Drawn& drawn, std::size_t d) {
  std::size_t kept = 0;
  auto& [points, components] = drawn;
  for (std::size_t i = 0; i < components.size(); ++i) {
    const auto point = std::span(points).subspan(i * d, d);
    bool seen = false;
    for (std::size_t k = 0; k < kept && !seen; ++k) {
      seen = std::equal(point.begin(), point.end(),
                        points.begin() + static_cast<std::ptrdiff_t>(k * d));
    }
    if (seen) continue;
    components[kept] = components[i];
    std::copy_n(point.begin(), d, points.begin() + static_cast<std::ptrdiff_t>(kept++ * d));
  }
  points.resize(kept * d);
  components.resize(kept);
}

}  // namespace

struct ParzenHistory::State {
  std::vector<ParzenDimension> dimensions;
  double prior_weight;
  cpu::ParzenSideMixture above, below;
  /** Whether nothing has changed since the last refresh. */
  bool fresh = true;

  State(std::span<const ParzenDimension> dimensions, const ParzenHistoryOptions& options)
      : dimensions(dimensions.begin(), dimensions.end()),
        prior_weight(options.prior_weight),
        above(dimensions, options),
        below(dimensions, options) {}

  cpu::ParzenSideMixture& side(ParzenSide which) {
    return which == ParzenSide::below ? below : above;
  }

  /** At need only, so that many updates in a row sort once. */
  void refresh() {
    if (fresh) return;
    above.refresh();
    below.refresh();
    fresh = true;
  }

  void set_weights(ParzenSide which, std::span<const double> log_weights) {
    if (log_weights.empty()) {
      side(which).set_weights(cpu::ParzenWeights(side(which).size(), prior_weight));
      return;
    }
    const char* name = which == ParzenSide::below ? "logBelow" : "logAbove";
    require_size(name, log_weights, side(which).size() + 1);
    require(
        std::all_of(log_weights.begin(), log_weights.end(), [](double x) { return x < INFINITY; }),
        std::string(name) + " must be numbers below Infinity");
    side(which).set_weights(cpu::ParzenWeights(log_weights));
  }

  Drawn draw(std::span<const double> uniforms, std::span<const double> weights, std::size_t m);

  std::size_t best(cpu::ParzenPoints points, std::span<const double> log_below,
                   std::span<const double> log_above) {
    set_weights(ParzenSide::below, log_below);
    set_weights(ParzenSide::above, log_above);
    std::vector<double> log_density(points.n);
    below.log_pdf(points, log_density);
    return above.best_ratio(points, log_density);
  }
};

ParzenHistory::ParzenHistory(std::span<const ParzenDimension> dimensions,
                             const ParzenHistoryOptions& options) {
  require(!dimensions.empty(), "dimensions must not be empty");
  for (std::size_t p = 0; p < dimensions.size(); ++p) {
    check_dimension("dimensions[" + std::to_string(p) + "]", dimensions[p]);
  }
  require(
      std::isfinite(options.prior_weight) && options.prior_weight >= 0,
      "priorWeight must be finite and not negative, not " + std::to_string(options.prior_weight));
  state_ = std::make_unique<State>(dimensions, options);
}
ParzenHistory::~ParzenHistory() = default;
ParzenHistory::ParzenHistory(ParzenHistory&&) noexcept = default;
ParzenHistory& ParzenHistory::operator=(ParzenHistory&&) noexcept = default;

void ParzenHistory::update(std::span<const double> numbers, std::span<const std::int32_t> sides,
                           std::span<const double> rows) {
  State& s = *state_;
  const std::size_t n = numbers.size(), d = s.dimensions.size();
  require_size("sides", sides, n);
  require_size("rows", rows, n * d);
  for (std::size_t i = 0; i < n; ++i) {
    require(std::isfinite(numbers[i]), "numbers must be finite");
    require(sides[i] >= 0 && sides[i] <= 2, "sides must be 0, 1 or 2");
  }
  check_rows("rows", s.dimensions, rows, [&](std::size_t i) { return sides[i] != 0; });
  if (n >= many_changes) {
    s.above.defer();
    s.below.defer();
  }
  for (std::size_t i = 0; i < n; ++i) {
    if (!s.above.erase(numbers[i])) s.below.erase(numbers[i]);
    if (sides[i] == 0) continue;
    s.side(static_cast<ParzenSide>(sides[i])).insert(numbers[i], rows.subspan(i * d, d));
  }
  s.fresh = false;
}

std::size_t ParzenHistory::size(ParzenSide side) const noexcept {
  return side == ParzenSide::none ? 0 : state_->side(side).size();
}

void ParzenHistory::log_pdf(ParzenSide side, std::span<const double> log_weights,
                            std::span<const double> points, std::span<double> out) {
  State& s = *state_;
  const std::size_t d = s.dimensions.size();
  require(side != ParzenSide::none, "side must be 1 or 2");
  require_size("points", points, out.size() * d);
  check_rows("points", s.dimensions, points, [](std::size_t) { return true; });
  s.refresh();
  s.set_weights(side, log_weights);
  cpu::ParzenPoints those{.values = points, .n = out.size()};
  s.side(side).log_pdf(those, out);
}

/** Points [m, d] of the mixture below, in the order of NumPy's draws that Optuna makes. */
Drawn ParzenHistory::State::draw(std::span<const double> uniforms, std::span<const double> weights,
                                 std::size_t m) {
  const std::size_t d = dimensions.size();
  std::vector<double> cumulative(weights.begin(), weights.end());
  for (std::size_t j = 1; j < cumulative.size(); ++j) cumulative[j] += cumulative[j - 1];
  const double total = cumulative.back();
  if (!(std::abs(total - 1) < 1.5e-8)) {
    throw Error(ErrorCode::invalid_argument, "below must sum to 1, not " + std::to_string(total));
  }
  for (double& value : cumulative) value /= total;
  std::vector<std::size_t> component(m);
  for (std::size_t i = 0; i < m; ++i) {
    const auto above = std::upper_bound(cumulative.begin(), cumulative.end() - 1, uniforms[i]);
    component[i] = above - cumulative.begin();
  }
  std::vector<double> points(m * d);
  std::size_t at = m;
  for (const bool categorical : {true, false}) {
    for (std::size_t p = 0; p < d; ++p) {
      if ((dimensions[p].n_choices > 0) != categorical) continue;
      below.quantiles(p, {component, uniforms.subspan(at, m), points.data() + p, d});
      at += m;
    }
  }
  return {std::move(points), std::move(component)};
}

void ParzenHistory::sample(std::span<const double> uniforms, std::span<const double> below,
                           std::span<double> points) {
  State& s = *state_;
  const std::size_t d = s.dimensions.size(), n = points.size() / d;
  require_size("points", points, n * d);
  check_draws(uniforms, below, n, d, s.below.size());
  s.refresh();
  std::ranges::copy(s.draw(uniforms, below, n).points, points.begin());
}

std::size_t ParzenHistory::best(std::span<const double> points, std::span<const double> log_below,
                                std::span<const double> log_above) {
  State& s = *state_;
  const std::size_t d = s.dimensions.size(), n = points.size() / d;
  require(n > 0, "points must not be empty");
  require_size("points", points, n * d);
  check_rows("points", s.dimensions, points, [](std::size_t) { return true; });
  s.refresh();
  return s.best({.values = points, .n = n}, log_below, log_above);
}

void ParzenHistory::choose(std::span<const double> uniforms, std::span<const double> below,
                           std::span<const double> log_below, std::span<const double> log_above,
                           std::size_t n_candidates, std::span<double> out) {
  State& s = *state_;
  const std::size_t m = n_candidates, d = s.dimensions.size();
  require(m >= 1 && m < 1u << 24, "nCandidates must be in 1..2^24 - 1");
  check_draws(uniforms, below, m, d, s.below.size());
  require_size("out", out, d);
  s.refresh();
  Drawn drawn = s.draw(uniforms, below, m);
  remove_copies(drawn, d);
  const std::size_t best =
      s.best({.values = drawn.points, .n = drawn.components.size(), .origins = drawn.components},
             log_below, log_above);
  std::copy_n(drawn.points.data() + best * d, d, out.begin());
}

}  // namespace trialforge
