#include "trialforge/fronts.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "cpu/fronts.h"
#include "cpu/hypervolume.h"
#include "ops/check.h"

namespace trialforge {

struct Fronts::State : cpu::Fronts {
  using cpu::Fronts::Fronts;
};

Fronts::Fronts(std::size_t n_objectives) {
  require(n_objectives >= 2, "nObjectives must be 2 or more, not " + std::to_string(n_objectives));
  state_ = std::make_unique<State>(n_objectives);
}
Fronts::~Fronts() = default;
Fronts::Fronts(Fronts&&) noexcept = default;
Fronts& Fronts::operator=(Fronts&&) noexcept = default;

void Fronts::add(std::span<const double> numbers, std::span<const double> losses) {
  const std::size_t m = state_->n_objectives(), n = numbers.size();
  require_size("losses", losses, n * m);
  require(std::ranges::all_of(numbers, [](double x) { return std::isfinite(x); }),
          "numbers must be finite");
  require(std::ranges::none_of(losses, [](double x) { return std::isnan(x); }),
          "losses must not be NaN");
  require(state_->size() + n < 1u << 31, "there must be less than 2^31 rows");
  for (std::size_t i = 0; i < n; ++i) state_->add(numbers[i], losses.subspan(i * m, m));
}

std::size_t Fronts::size() const noexcept { return state_->size(); }

void Fronts::best(std::span<std::int32_t> out) {
  require(out.size() <= size(),
          "there are " + std::to_string(size()) + " rows, not " + std::to_string(out.size()));
  state_->best(out);
}

double Fronts::cost(std::size_t n) { return state_->cost(n); }

double hypervolume(std::span<const double> points, std::span<const double> reference) {
  require(!reference.empty(), "reference must not be empty");
  require(points.size() % reference.size() == 0,
          "points must have rows of " + std::to_string(reference.size()) + " numbers");
  return cpu::Volumes(reference).dominated(points.data(), points.size() / reference.size());
}

}  // namespace trialforge
