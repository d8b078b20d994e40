#include "cpu/parzen_column.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "cpu/argsort.h"
#include "cpu/normal_distribution.h"
#include "cpu/normal_quantile.h"
#include "cpu/parzen.h"

namespace trialforge::cpu {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
const double half_log_two_pi = 0.5 * std::log(2 * std::numbers::pi);
/** The least width without magic clip. */
constexpr double tiny = 1e-12;
/** Grids of more points, and tables of more numbers, are computed at need. */
constexpr double most_grid_points = 512;
constexpr std::size_t most_masses = 1 << 21;
/** Of 1 / sigma in a scan; its square and that of a distance stay finite. */
constexpr double largest_inverse = 1e9;
/** Ranges from the middle; further ones have constants that are not regular. */
constexpr double furthest_mu = 1e6;

double log_of_mass(double a, double b) {
  // Beyond these bounds the sum of the tails rounds to 0.
  if (a < -8.5 && b > 8.5) return 0;
  return log_normal_mass(a, b);
}

template <typename T>
void insert_at(std::vector<T>& values, std::size_t at, T value) {
  values.insert(values.begin() + static_cast<std::ptrdiff_t>(at), value);
}

template <typename T>
void erase_at(std::vector<T>& values, std::size_t at) {
  values.erase(values.begin() + static_cast<std::ptrdiff_t>(at));
}

}  // namespace

NumericColumn::NumericColumn(const ParzenDimension& dimension, const ParzenHistoryOptions& options,
                             std::optional<std::size_t> slot, ParzenRows& rows)
    : dimension_(dimension),
      options_(options),
      slot_(slot),
      low_(coordinate(dimension.low - dimension.step / 2)),
      high_(coordinate(dimension.high + dimension.step / 2)),
      range_(high_ - low_),
      inverse_range_(1 / range_),
      prior_mu_((low_ + high_) / 2),
      prior_log_mass_(log_of_mass((low_ - prior_mu_) / range_, (high_ - prior_mu_) / range_)),
      prior_constant_(-half_log_two_pi - std::log(range_) - prior_log_mass_),
      scan_mu_(kParzenBlock),
      scan_inverse_sigma_(kParzenBlock) {
  if (slot_) rows.set(0, *slot_, prior_mu_, 1 / range_, 0, prior_constant_);
  for (std::vector<double>* line : lines()) line->resize(kParzenLanes);
  line_constant_.assign(kParzenLanes, -infinity);
  rough_constant_.assign(kParzenBlock, -std::numeric_limits<float>::infinity());
  if (dimension.step > 0) {
    const double points = (dimension.high - dimension.low) / dimension.step + 1.5;
    if (points < most_grid_points) {
      grid_.emplace(static_cast<std::size_t>(points));
      prior_kernel_ = kernel_of(prior_mu_, range_);
    }
  }
}

std::size_t NumericColumn::grid_index(double value) const {
  const double index = std::round((value - dimension_.low) / dimension_.step);
  return static_cast<std::size_t>(std::clamp(index, 0.0, static_cast<double>(grid_->points()) - 1));
}

bool NumericColumn::tabulated() const noexcept {
  return grid_ && grid_->points() * grid_->size() <= most_masses;
}

double NumericColumn::least_width(std::size_t n) const {
  return options_.magic_clip ? range_ / std::min(100.0, static_cast<double>(n) + 2) : tiny;
}

/** The width of the k-th component by mu. */
double NumericColumn::width(std::size_t k) const {
  const double here = mu_[order_[k]];
  double left = here - (k == 0 ? low_ : mu_[order_[k - 1]]);
  double right = (k + 1 == n_ ? high_ : mu_[order_[k + 1]]) - here;
  // The ends of the range are neighbours only of a lone observation.
  if (!options_.endpoints && n_ >= 2) {
    if (k == 0) left = right;
    if (k + 1 == n_) right = left;
  }
  return std::min(std::max(std::max(left, right), least_width(n_)), range_);
}

void NumericColumn::set_width(std::size_t k, ParzenRows& rows) {
  const std::size_t j = order_[k];
  const double value = width(k);
  if (sigma_[j] == value) return;
  sigma_[j] = value;
  if (grid_) kernel_[j] = kernel_of(mu_[j], value);
  const ParzenGridKernel kernel = grid_ ? (*grid_)[kernel_[j]] : make_kernel(mu_[j], value);
  const double constant = kernel.constant;
  if (!continuous()) log_mass_[j] = kernel.log_mass;
  rows.change_constant(j, constant_[j], constant);
  if (slot_) rows.set(j, *slot_, mu_[j], 1 / value, constant_[j], constant);
  constant_[j] = constant;
  if (alone()) {
    set_line(k);
    rough_constant_[j] = static_cast<float>(constant - prior_constant_);
  }
  scan_inverse_sigma_[j] =
      ParzenRows::is_regular(constant)
          ? static_cast<float>(std::min(std::numbers::sqrt2 / 2 * range_ / value, largest_inverse))
          : 0;
  if (!tails_.empty()) tails_[j] = {};
}

ParzenGridKernel NumericColumn::make_kernel(double mu, double sigma) const {
  const double log_mass = log_of_mass((low_ - mu) / sigma, (high_ - mu) / sigma);
  return {mu, sigma, log_mass, -half_log_two_pi - std::log(sigma) - log_mass};
}

std::int32_t NumericColumn::kernel_of(double mu, double sigma) {
  return grid_->find(mu, sigma, [&] { return make_kernel(mu, sigma); });
}

/** Forgets the kernels that are no more, once there are many. */
void NumericColumn::clean_grid() {
  if (!grid_ || grid_->size() < 2 * n_ + 256) return;
  grid_->clear();
  prior_kernel_ = kernel_of(prior_mu_, range_);
  for (std::size_t j = 0; j < n_; ++j) kernel_[j] = kernel_of(mu_[j], sigma_[j]);
}

void NumericColumn::set_line(std::size_t k) {
  const std::size_t j = order_[k];
  line_mu_[k] = mu_[j];
  line_inverse_sigma_[k] = 1 / sigma_[j];
  line_constant_[k] = constant_[j];
}

void NumericColumn::set_lines() {
  for (std::vector<double>* line : lines()) line->resize(n_ + kParzenLanes);
  for (std::size_t k = 0; k < n_; ++k) set_line(k);
  std::fill_n(line_constant_.begin() + static_cast<std::ptrdiff_t>(n_), kParzenLanes, -infinity);
}

/** Adds `sign` for each neighbour that is equal to the k-th. */
void NumericColumn::count_ties(std::size_t k, int sign) {
  const auto equal = [&](std::size_t l) { return mu_[order_[l]] == mu_[order_[l + 1]]; };
  if (k > 0 && equal(k - 1)) ties_ += sign;
  if (k + 1 < order_.size() && equal(k)) ties_ += sign;
}

void NumericColumn::change_size(std::size_t n) {
  if (least_width(n) != least_width(n_) || std::min(n, n_) < 3) all_widths_ = true;
  n_ = n;
}

void NumericColumn::insert(std::size_t at, double value, ParzenRows& rows) {
  const double mu = coordinate(value);
  const std::size_t before = n_;
  insert_at(mu_, at, mu);
  for (std::vector<double>* values : {&sigma_, &constant_}) insert_at(*values, at, 0.0);
  if (!continuous()) insert_at(log_mass_, at, 0.0);
  const double from_middle = std::clamp((mu - prior_mu_) / range_, -furthest_mu, furthest_mu);
  furthest_ = std::max(furthest_, std::abs(from_middle));
  insert_at(scan_mu_, at, static_cast<float>(from_middle));
  insert_at(scan_inverse_sigma_, at, 0.0F);
  if (alone()) insert_at(rough_constant_, at, 0.0F);
  if (!tails_.empty()) insert_at(tails_, at, Tails());
  if (grid_) insert_at(kernel_, at, std::int32_t{0});
  change_size(before + 1);
  if (sort_) return;
  const auto row = static_cast<std::int32_t>(at);
  if (at < before) {
    for (std::int32_t& j : order_) j += j >= row;
  }
  const auto place = std::upper_bound(order_.begin(), order_.end(), mu,
                                      [&](double x, std::int32_t j) { return x < mu_[j]; });
  const auto k = static_cast<std::size_t>(place - order_.begin());
  if (k > 0 && k < order_.size() && mu_[order_[k - 1]] == mu_[order_[k]]) --ties_;
  order_.insert(place, row);
  if (alone()) {
    for (std::vector<double>* line : lines()) insert_at(*line, k, 0.0);
    line_mu_[k] = mu;
  }
  count_ties(k, 1);
  if (ties_ > 0) all_widths_ = true;
  if (all_widths_) return;
  for (std::size_t l = k == 0 ? 0 : k - 1; l <= k + 1 && l < n_; ++l) set_width(l, rows);
}

void NumericColumn::erase(std::size_t at, ParzenRows& rows) {
  const std::size_t before = n_;
  const auto row = static_cast<std::int32_t>(at);
  std::size_t k = 0;
  if (!sort_) {
    k = std::lower_bound(order_.begin(), order_.end(), mu_[at],
                         [&](std::int32_t j, double x) { return mu_[j] < x; }) -
        order_.begin();
    while (order_[k] != row) ++k;
    if (ties_ > 0) all_widths_ = true;
    count_ties(k, -1);
    erase_at(order_, k);
    if (alone()) {
      for (std::vector<double>* line : lines()) erase_at(*line, k);
    }
    if (k > 0 && k < order_.size() && mu_[order_[k - 1]] == mu_[order_[k]]) ++ties_;
    if (at + 1 < before) {
      for (std::int32_t& j : order_) j -= j > row;
    }
  }
  for (std::vector<double>* values : {&mu_, &sigma_, &constant_}) erase_at(*values, at);
  if (!continuous()) erase_at(log_mass_, at);
  erase_at(scan_mu_, at);
  erase_at(scan_inverse_sigma_, at);
  if (alone()) erase_at(rough_constant_, at);
  if (!tails_.empty()) erase_at(tails_, at);
  if (grid_) erase_at(kernel_, at);
  change_size(before - 1);
  if (sort_ || all_widths_) return;
  for (std::size_t l = k == 0 ? 0 : k - 1; l <= k && l < n_; ++l) set_width(l, rows);
}

void NumericColumn::defer() { sort_ = true; }

void NumericColumn::refresh(ParzenRows& rows) {
  if (sort_ || (all_widths_ && ties_ > 0)) {
    order_.resize(n_);
    numpy_argsort(std::span(mu_).first(n_), order_);
  }
  if (sort_) {
    ties_ = 0;
    for (std::size_t k = 1; k < n_; ++k) ties_ += mu_[order_[k - 1]] == mu_[order_[k]];
  }
  if (sort_ || all_widths_) {
    if (alone()) set_lines();
    for (std::size_t k = 0; k < n_; ++k) set_width(k, rows);
  }
  clean_grid();
  sort_ = all_widths_ = false;
}

/** By all terms: any of the weights may be next to nothing. */
void NumericColumn::log_pdf_of_given(std::span<const double> points, const ParzenWeights& weights,
                                     std::span<double> out) {
  std::vector<double> terms(n_ + 1);
  for (std::size_t i = 0; i < points.size(); ++i) {
    for (std::size_t j = 0; j <= n_; ++j) terms[j] = term(j, points[i]) + weights.log(j);
    out[i] = log_sum_exp(terms);
  }
}

void NumericColumn::log_pdf(std::span<const double> points, const ParzenWeights& weights,
                            std::span<double> out) {
  if (weights.are_given()) return log_pdf_of_given(points, weights, out);
  line_weights_.resize(n_);
  weights.fill(std::span(line_weights_));
  // Kernels read whole lanes of indices.
  order_.resize(n_ + kParzenLanes);
  const ParzenLine line{.n = n_,
                        .mu = line_mu_.data(),
                        .inverse_sigma = line_inverse_sigma_.data(),
                        .constant = line_constant_.data(),
                        .order = order_.data(),
                        .weights = line_weights_.data()};
  // So many components, of weights from 1 / n to 1, add less than half a unit in the last place.
  const double margin = 36 + 2 * std::log(static_cast<double>(n_) + 1);
  // Next to the weight of others, the prior's may be nothing.
  const double prior_weight = weights[n_];
  const double of_prior = prior_weight > 0 ? weights.log(n_) - weights.largest_log() : -infinity;
  const auto sum_near = kernels().parzen_sum_near;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double x = coordinate(points[i]);
    if (!(low_ <= x && x <= high_)) {
      out[i] = -infinity;
      continue;
    }
    const double prior = term(n_, points[i]);
    double largest = prior + of_prior;
    double sum = sum_near(line, x, margin, largest);
    if (prior_weight > 0) sum += prior_weight * std::exp(prior - largest);
    out[i] = std::log(sum) + largest;
  }
  order_.resize(n_);
}

void NumericColumn::rough_log_pdf(std::span<const double> points, const ParzenWeights& weights,
                                  std::span<double> out) {
  // Below, what counts may be too far away for single precision.
  constexpr double least_known = 2e-9;
  const std::size_t m = points.size();
  rough_weights_.assign(n_ + kParzenBlock, 0);
  weights.fill(std::span(rough_weights_).first(n_));
  rough_x_.resize(m);
  rough_sums_.resize(m);
  for (std::size_t i = 0; i < m; ++i) rough_x_[i] = scan_x(coordinate(points[i]));
  kernels().parzen_rough_sums({.n = n_,
                               .mu = scan_mu_.data(),
                               .inverse_sigma = scan_inverse_sigma_.data(),
                               .constant = rough_constant_.data(),
                               .weights = rough_weights_.data()},
                              rough_x_.data(), m, rough_sums_.data());
  for (std::size_t i = 0; i < m; ++i) {
    const double prior = weights[n_] * std::exp(term(n_, points[i]) - prior_constant_);
    const double sum = static_cast<double>(rough_sums_[i]) + prior;
    out[i] = sum < least_known ? -infinity : std::log(sum) + prior_constant_;
  }
}

double NumericColumn::mass(const ParzenGridKernel& kernel, const Interval& around) {
  if (around.lower >= around.upper) return -infinity;
  return log_normal_mass((around.lower - kernel.mu) / kernel.sigma,
                         (around.upper - kernel.mu) / kernel.sigma) -
         kernel.log_mass;
}

double NumericColumn::term(std::size_t j, double value) {
  if (continuous()) {
    const double x = coordinate(value);
    if (!(low_ <= x && x <= high_)) return -infinity;
    const double z = (x - mu(j)) / sigma(j);
    return (j < n_ ? constant_[j] : prior_constant_) - z * z / 2;
  }
  const ParzenGridKernel kernel{mu(j), sigma(j), j < n_ ? log_mass_[j] : prior_log_mass_, 0};
  if (!tabulated()) {
    return memory_.find(value, kernel.mu, kernel.sigma,
                        [&] { return mass(kernel, interval(value)); });
  }
  double& known = grid_->masses(grid_index(value))[j < n_ ? kernel_[j] : prior_kernel_];
  if (std::isnan(known)) known = mass(kernel, interval(value));
  return known;
}

void NumericColumn::add_terms(double value, std::span<double> terms) {
  std::vector<double>& masses = grid_->masses(grid_index(value));
  const Interval around = interval(value);
  for (std::size_t id = 0; id < masses.size(); ++id) {
    if (std::isnan(masses[id])) masses[id] = mass((*grid_)[static_cast<std::int32_t>(id)], around);
  }
  for (std::size_t j = 0; j < n_; ++j) terms[j] += masses[static_cast<std::size_t>(kernel_[j])];
  terms[n_] += masses[static_cast<std::size_t>(prior_kernel_)];
}

void NumericColumn::quantiles(const ParzenDraws& draws) {
  const std::size_t m = draws.components.size();
  if (tails_.empty()) tails_.resize(n_ + 1);
  shares_.resize(m);
  signs_.resize(m);
  for (std::size_t i = 0; i < m; ++i) {
    const std::size_t j = draws.components[i];
    const double u = draws.uniforms[i];
    Tails& tails = tails_[j];
    if (std::isnan(tails.below)) {
      const auto [a, b] = standardized_range(j);
      tails = {0.5 * std::erfc(-a / std::numbers::sqrt2), 0.5 * std::erfc(b / std::numbers::sqrt2)};
    }
    const double inside = 1 - tails.below - tails.above;
    const double below = tails.below + u * inside;
    const double above = tails.above + (1 - u) * inside;
    // Without a branch: either is as likely.
    shares_[i] = std::min(below, above);
    signs_[i] = std::copysign(1.0, above - below);
    if (!(u > 0 && inside > 1e-2)) {
      shares_[i] = 0.5;
      signs_[i] = 0;
    }
  }
  normal_quantiles(shares_);
  for (std::size_t i = 0; i < m; ++i) {
    const std::size_t j = draws.components[i];
    double z = signs_[i] * shares_[i];
    if (signs_[i] == 0) {
      const auto [a, b] = standardized_range(j);
      truncated_normal_ppf(draws.uniforms.subspan(i, 1), {&a, 1}, {&b, 1}, {&z, 1});
    }
    draws.values[i * draws.stride] = value_at(z * sigma(j) + mu(j));
  }
}

/** The value of the range that is drawn where the distribution gives x. */
double NumericColumn::value_at(double x) const {
  const double value = dimension_.log ? std::exp(x) : x;
  if (continuous()) return value;
  const double steps = std::nearbyint((value - dimension_.low) / dimension_.step);
  return std::clamp(dimension_.low + steps * dimension_.step, dimension_.low, dimension_.high);
}

CategoricalColumn::CategoricalColumn(const ParzenDimension& dimension,
                                     const ParzenHistoryOptions& options)
    : n_choices_(dimension.n_choices),
      prior_weight_(options.prior_weight),
      rows_(dimension.n_choices + 1) {
  refresh();
}

void CategoricalColumn::insert(std::size_t at, double value, ParzenRows&) {
  insert_at(observed_, at, static_cast<std::int32_t>(value));
}

void CategoricalColumn::erase(std::size_t at, ParzenRows&) { erase_at(observed_, at); }

void CategoricalColumn::refresh(ParzenRows&) { refresh(); }

void CategoricalColumn::refresh() {
  const std::size_t n = observed_.size();
  const double base =
      n == 0 ? 1.0 / static_cast<double>(n_choices_) : prior_weight_ / static_cast<double>(n + 1);
  std::vector<double> weights(n_choices_, base);
  for (std::size_t c = 0; c <= n_choices_; ++c) {
    if (c < n_choices_) weights[c] += 1;
    const double sum = pairwise_sum(weights);
    // Without observations the prior is as it is.
    const double total = n == 0 && c == n_choices_ ? 1 : sum == 0 ? 1 : sum;
    Row& row = rows_[c];
    row.same = (base + 1) / total;
    row.other = base / total;
    row.log_same = std::log(row.same);
    row.log_other = std::log(row.other);
    if (c < n_choices_) weights[c] = base;
  }
}

double CategoricalColumn::term(std::size_t j, double value) const {
  const Row& row = this->row(j);
  return j < observed_.size() && observed_[j] == static_cast<std::int32_t>(value) ? row.log_same
                                                                                  : row.log_other;
}

void CategoricalColumn::add_terms(double value, std::span<double> terms) const {
  // By the observed choice; the prior's last.
  std::vector<double> logs(n_choices_ + 1);
  for (std::size_t c = 0; c <= n_choices_; ++c) logs[c] = rows_[c].log_other;
  const auto choice = static_cast<std::size_t>(value);
  logs[choice] = rows_[choice].log_same;
  const std::size_t n = observed_.size();
  for (std::size_t j = 0; j < n; ++j) terms[j] += logs[static_cast<std::size_t>(observed_[j])];
  terms[n] += logs[n_choices_];
}

void CategoricalColumn::quantiles(const ParzenDraws& draws) const {
  for (std::size_t i = 0; i < draws.components.size(); ++i) {
    const std::size_t j = draws.components[i];
    const Row& row = this->row(j);
    const std::size_t same = j < observed_.size() ? observed_[j] : n_choices_;
    double cumulative = 0;
    std::size_t choice = 0;
    for (; choice + 1 < n_choices_; ++choice) {
      cumulative += choice == same ? row.same : row.other;
      if (cumulative >= draws.uniforms[i]) break;
    }
    draws.values[i * draws.stride] = static_cast<double>(choice);
  }
}

}  // namespace trialforge::cpu
