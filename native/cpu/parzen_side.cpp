#include "cpu/parzen_side.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "cpu/kernels/kernels.h"
#include "cpu/parzen.h"

namespace trialforge::cpu {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
/** So many are summed for each point as soon as it is looked at. */
constexpr std::size_t few_components = 64;

/** Parameters that are kept by rows: all on a continuum, but one that is alone. */
std::size_t continuous_in_rows(std::span<const ParzenDimension> dimensions) {
  if (dimensions.size() == 1) return 0;
  return static_cast<std::size_t>(
      std::count_if(dimensions.begin(), dimensions.end(),
                    [](const ParzenDimension& d) { return d.n_choices == 0 && d.step == 0; }));
}

/** The first of the largest; NaN counts as larger than all. */
std::size_t first_of_largest(std::span<const double> values) {
  std::size_t best = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) return i;
    if (values[i] > values[best]) best = i;
  }
  return best;
}

}  // namespace

ParzenSideMixture::ParzenSideMixture(std::span<const ParzenDimension> dimensions,
                                     const ParzenHistoryOptions& options)
    : rows_(continuous_in_rows(dimensions)) {
  for (std::size_t p = 0; p < dimensions.size(); ++p) {
    const ParzenDimension& dimension = dimensions[p];
    if (dimension.n_choices > 0) {
      columns_.emplace_back(CategoricalColumn(dimension, options));
      categorical_.push_back(p);
    } else {
      const bool in_rows = dimension.step == 0 && dimensions.size() > 1;
      const auto slot = in_rows ? std::optional(continuous_.size()) : std::nullopt;
      columns_.emplace_back(NumericColumn(dimension, options, slot, rows_));
      (dimension.step == 0 ? continuous_ : grids_).push_back(p);
    }
  }
}

void ParzenSideMixture::insert(double number, std::span<const double> row) {
  const auto place = std::lower_bound(numbers_.begin(), numbers_.end(), number);
  const auto at = static_cast<std::size_t>(place - numbers_.begin());
  numbers_.insert(place, number);
  rows_.insert(at);
  for (std::size_t p = 0; p < columns_.size(); ++p) {
    std::visit([&](auto& column) { column.insert(at, row[p], rows_); }, columns_[p]);
  }
}

bool ParzenSideMixture::erase(double number) {
  const auto place = std::lower_bound(numbers_.begin(), numbers_.end(), number);
  if (place == numbers_.end() || *place != number) return false;
  const auto at = static_cast<std::size_t>(place - numbers_.begin());
  numbers_.erase(place);
  rows_.erase(at);
  for (Column& column : columns_) {
    std::visit([&](auto& of_kind) { of_kind.erase(at, rows_); }, column);
  }
  return true;
}

void ParzenSideMixture::defer() {
  for (Column& column : columns_) {
    if (auto* numeric = std::get_if<NumericColumn>(&column)) numeric->defer();
  }
}

void ParzenSideMixture::refresh() {
  for (Column& column : columns_) {
    std::visit([&](auto& of_kind) { of_kind.refresh(rows_); }, column);
  }
}

void ParzenSideMixture::quantiles(std::size_t p, const ParzenDraws& draws) {
  std::visit([&](auto& column) { column.quantiles(draws); }, columns_[p]);
}

bool ParzenSideMixture::is_alone() const { return columns_.size() == 1 && continuous_.size() == 1; }

/** Whether components are left out that are far from a point. */
bool ParzenSideMixture::by_near() const {
  if (is_alone()) return false;
  return !continuous_.empty() || !std::all_of(grids_.begin(), grids_.end(), [&](std::size_t p) {
    return std::get<NumericColumn>(columns_[p]).tabulated();
  });
}

void ParzenSideMixture::log_pdf(ParzenPoints& points, std::span<double> out) {
  if (is_alone()) {
    return std::get<NumericColumn>(columns_[0]).log_pdf(points.values, weights_, out);
  }
  if (by_near()) return log_pdf_of_near(points, out);
  const std::size_t d = columns_.size();
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = log_pdf_of_all(points.values.subspan(i * d, d));
  }
}

double ParzenSideMixture::log_pdf_of_all(std::span<const double> point) {
  terms_.assign(size() + 1, 0);
  for (std::size_t p = 0; p < columns_.size(); ++p) {
    std::visit([&](auto& column) { column.add_terms(point[p], terms_); }, columns_[p]);
  }
  for (std::size_t j = 0; j <= size(); ++j) terms_[j] += weights_.log(j);
  return log_sum_exp(terms_);
}

/** Fills in what a search needs of points. */
void ParzenSideMixture::place(ParzenPoints& points) const {
  if (points.are_placed) return;
  points.are_placed = true;
  const std::size_t d = columns_.size(), stride = rows_.stride(), n = points.n;
  const std::size_t n_scanned = continuous_.size() + grids_.size();
  points.x.assign(n * stride, 0);
  points.scanned.resize(n * n_scanned);
  points.widths.resize(n * grids_.size());
  points.offsets.assign(n, 0);
  points.outside.assign(n, 0);
  for (std::size_t q = 0; q < continuous_.size(); ++q) {
    const std::size_t p = continuous_[q];
    const auto& column = std::get<NumericColumn>(columns_[p]);
    for (std::size_t i = 0; i < n; ++i) {
      const double x = column.coordinate(points.values[i * d + p]);
      points.x[i * stride + q] = x;
      points.scanned[i * n_scanned + q] = column.scan_x(x);
      points.outside[i] |= !(column.low() <= x && x <= column.high());
    }
  }
  for (std::size_t g = 0; g < grids_.size(); ++g) {
    const auto& column = std::get<NumericColumn>(columns_[grids_[g]]);
    for (std::size_t i = 0; i < n; ++i) {
      const auto [lower, upper] = column.interval(points.values[i * d + grids_[g]]);
      points.scanned[i * n_scanned + continuous_.size() + g] = column.scan_x((lower + upper) / 2);
      points.widths[i * grids_.size() + g] = upper - lower;
      points.offsets[i] += std::log(upper - lower);
    }
  }
}

/** Starts a search for each point, with the prior's term. */
void ParzenSideMixture::begin(ParzenPoints& points) {
  place(points);
  const std::size_t d = columns_.size(), stride = rows_.stride(), n = points.n;
  const std::size_t n_scanned = continuous_.size() + grids_.size();
  slack_.resize(n * n_scanned);
  const std::size_t n_continuous = continuous_.size();
  for (std::size_t q = 0; q < n_scanned; ++q) {
    const bool on_grid = q >= n_continuous;
    const std::size_t p = on_grid ? grids_[q - n_continuous] : continuous_[q];
    const auto& column = std::get<NumericColumn>(columns_[p]);
    for (std::size_t i = 0; i < n; ++i) {
      const double width = on_grid ? points.widths[i * grids_.size() + q - n_continuous] : 0;
      slack_[i * n_scanned + q] = column.scan_slack(points.scanned[i * n_scanned + q], width);
    }
  }
  if (searches_.size() < n) searches_.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    Search& search = searches_[i];
    search.point = points.values.subspan(i * d, d);
    search.x = points.x.data() + i * stride;
    search.scanned = points.scanned.data() + i * n_scanned;
    search.slack = slack_.data() + i * n_scanned;
    search.offset = points.offsets[i];
    search.outside = points.outside[i] != 0;
    search.largest = -infinity;
    search.terms.clear();
    search.weights.clear();
    add(search, size());
  }
}

double ParzenSideMixture::term(const Search& search, std::size_t j) {
  double term = rows_.constant(j) - parzen_distance_(rows_.row(j), search.x, rows_.stride());
  for (const std::vector<std::size_t>* dimensions : {&grids_, &categorical_}) {
    for (const std::size_t p : *dimensions) {
      term +=
          std::visit([&](auto& column) { return column.term(j, search.point[p]); }, columns_[p]);
    }
  }
  return term;
}

/** Adds the term of component j. */
void ParzenSideMixture::add(Search& search, std::size_t j) {
  const double weight = weights_[j];
  if (weight == 0) return;
  const double term = this->term(search, j);
  search.terms.push_back(term);
  search.weights.push_back(weight);
  raise(search, term, weight);
}

void ParzenSideMixture::raise(Search& search, double term, double weight) {
  // Most are not larger even without their weights.
  if (term > search.largest) search.largest = std::max(search.largest, term + std::log(weight));
}

double ParzenSideMixture::end(Search& search) const {
  const std::size_t n = search.terms.size();
  if (n == 0) return -infinity;
  const double largest = *std::max_element(search.terms.begin(), search.terms.end());
  if (search.outside || largest == -infinity) return -infinity;
  search.terms.resize(n + kParzenLanes);
  search.weights.resize(n + kParzenLanes);
  return std::log(
             kernels().parzen_sum_exp(search.terms.data(), search.weights.data(), n, largest)) +
         largest;
}

/** Adds all components' terms to searches, until `goes_on(i)` is false. Returns those left. */
template <typename GoesOn>
std::span<std::size_t> ParzenSideMixture::search(std::span<std::size_t> searches, GoesOn goes_on) {
  // So many components stay in the cache while all points meet them.
  constexpr std::size_t tile = 2 * kParzenBlock;
  // All terms further below the largest one add less than half a unit in its last place; the rest
  // is for the rounding of the bounds.
  const double margin = 36 + std::log(static_cast<double>(size()) + 1) + 0.25;
  const std::size_t n = size();
  std::vector<const float*> mu, inverse_sigma;
  for (const std::vector<std::size_t>* dimensions : {&continuous_, &grids_}) {
    for (const std::size_t p : *dimensions) {
      mu.push_back(std::get<NumericColumn>(columns_[p]).scan_mu());
      inverse_sigma.push_back(std::get<NumericColumn>(columns_[p]).scan_inverse_sigma());
    }
  }
  near_.resize(tile);
  ParzenScan scan{.bounds = rows_.bounds(),
                  .n_parameters = mu.size(),
                  .mu = mu.data(),
                  .inverse_sigma = inverse_sigma.data()};
  const auto find = kernels().parzen_scan;
  // The latest ones first: they are likely to be near, which lets the others be left out early.
  for (std::size_t tiles = (n + tile - 1) / tile; tiles > 0; --tiles) {
    const std::size_t from = (tiles - 1) * tile;
    std::size_t kept = 0;
    for (const std::size_t i : searches) {
      if (!goes_on(i)) continue;
      searches[kept++] = i;
      Search& search = searches_[i];
      if (search.outside) continue;
      scan.x = search.scanned;
      scan.slack = search.slack;
      scan.floor =
          static_cast<float>(search.largest - margin - weights_.largest_log() - search.offset);
      const std::size_t found = find(scan, from, std::min(from + tile, n), near_.data());
      for (std::size_t k = 0; k < found; ++k) add(search, static_cast<std::size_t>(near_[k]));
    }
    searches = searches.first(kept);
  }
  return searches;
}

void ParzenSideMixture::log_pdf_of_near(ParzenPoints& points, std::span<double> out) {
  begin(points);
  // What is known to be near lets others be left out from the start.
  for (std::size_t i = 0; i < points.origins.size(); ++i) {
    const std::size_t j = points.origins[i];
    const double weight = weights_[j];
    if (weight > 0) raise(searches_[i], term(searches_[i], j), weight);
  }
  search(all_of(out.size()), [](std::size_t) { return true; });
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = end(searches_[i]);
}

/** 0..n-1 */
std::span<std::size_t> ParzenSideMixture::all_of(std::size_t n) {
  left_.resize(n);
  std::iota(left_.begin(), left_.end(), std::size_t{0});
  return left_;
}

std::size_t ParzenSideMixture::best_ratio(ParzenPoints& points,
                                          std::span<const double> log_numerators) {
  const std::size_t m = log_numerators.size(), d = columns_.size();
  const bool finite = std::all_of(log_numerators.begin(), log_numerators.end(),
                                  [](double x) { return std::isfinite(x); });
  std::span<std::size_t> left = all_of(m);
  if (finite && rows_.all_regular()) {
    if (by_near()) return best_ratio_of_near(points, log_numerators);
    if (is_alone() && size() >= few_components) left = roughly_best(points.values, log_numerators);
  }
  std::vector<double> of_left(left.size() * d), scores(left.size());
  for (std::size_t k = 0; k < left.size(); ++k) {
    std::copy_n(points.values.data() + left[k] * d, d, of_left.data() + k * d);
  }
  ParzenPoints those{.values = of_left, .n = left.size()};
  log_pdf(those, scores);
  for (std::size_t k = 0; k < left.size(); ++k) scores[k] = log_numerators[left[k]] - scores[k];
  return left[first_of_largest(scores)];
}

/** Of a parameter that is alone, the points that may be the best: most often one. */
std::span<std::size_t> ParzenSideMixture::roughly_best(std::span<const double> points,
                                                       std::span<const double> log_numerators) {
  const std::size_t m = log_numerators.size();
  const std::span<std::size_t> all = all_of(m);
  auto& column = std::get<NumericColumn>(columns_[0]);
  if (!column.knows_rough(weights_)) return all;
  std::vector<double> scores(m);
  column.rough_log_pdf(points, weights_, scores);
  double largest = -infinity;
  for (std::size_t i = 0; i < m; ++i) {
    scores[i] = log_numerators[i] - scores[i];
    // An infinite score stands for any, above what that of a known density would be.
    if (scores[i] < infinity) largest = std::max(largest, scores[i]);
  }
  const double least = largest - 2 * column.rough_error();
  std::size_t kept = 0;
  for (std::size_t i = 0; i < m; ++i) {
    if (!(scores[i] < least)) all[kept++] = i;
  }
  return all.first(kept);
}

std::size_t ParzenSideMixture::best_ratio_of_near(ParzenPoints& points,
                                                  std::span<const double> log_numerators) {
  const std::size_t m = log_numerators.size();
  begin(points);
  // What has been found of a density bounds it from below.
  const auto bound = [&](std::size_t i) { return log_numerators[i] - searches_[i].largest; };
  std::size_t likely = 0;
  for (std::size_t i = 1; i < m; ++i) {
    if (bound(i) > bound(likely)) likely = i;
  }
  search({&likely, 1}, [](std::size_t) { return true; });
  const auto score = [&](std::size_t i) { return log_numerators[i] - end(searches_[i]); };
  double largest = score(likely);
  std::size_t best = likely;
  // With room for the rounding of a sum.
  const double least = largest - 1e-9 * (1 + std::abs(largest));
  const auto left =
      search(all_of(m), [&](std::size_t i) { return i != likely && !(bound(i) < least); });
  for (const std::size_t i : left) {
    if (i == likely) continue;
    const double its = score(i);
    if (its > largest || (its == largest && i < best)) {
      best = i;
      largest = its;
    }
  }
  return best;
}

}  // namespace trialforge::cpu
