#include "cpu/parzen_side.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "cpu/kernels/kernels.h"
#include "cpu/parzen.h"

namespace trialforge::cpu {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/** Parameters that are kept by rows: all on a continuum, but one that is alone. */
std::size_t continuous_in_rows(std::span<const ParzenDimension> dimensions) {
  if (dimensions.size() == 1) return 0;
  return static_cast<std::size_t>(
      std::count_if(dimensions.begin(), dimensions.end(),
                    [](const ParzenDimension& d) { return d.n_choices == 0 && d.step == 0; }));
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

double ParzenSideMixture::quantile(std::size_t p, std::size_t j, double u) {
  return std::visit([&](auto& column) { return column.quantile(j, u); }, columns_[p]);
}

void ParzenSideMixture::log_pdf(std::span<const double> points, std::span<double> out) {
  if (columns_.size() == 1 && continuous_.size() == 1) {
    return std::get<NumericColumn>(columns_[0]).log_pdf(points, weights_, out);
  }
  const bool exact =
      continuous_.empty() && std::all_of(grids_.begin(), grids_.end(), [&](std::size_t p) {
        return std::get<NumericColumn>(columns_[p]).tabulated();
      });
  if (!exact) return log_pdf_of_near(points, out);
  const std::size_t d = columns_.size();
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = log_pdf_of_all(points.subspan(i * d, d));
}

double ParzenSideMixture::log_pdf_of_all(std::span<const double> point) {
  terms_.assign(size() + 1, 0);
  for (std::size_t p = 0; p < columns_.size(); ++p) {
    std::visit([&](auto& column) { column.add_terms(point[p], terms_); }, columns_[p]);
  }
  for (std::size_t j = 0; j <= size(); ++j) terms_[j] += weights_.log(j);
  return log_sum_exp(terms_);
}

void ParzenSideMixture::begin(Search& search, std::span<const double> point) {
  search.x.assign(rows_.stride(), 0);
  search.scanned.clear();
  search.slack.clear();
  search.offset = 0;
  search.outside = false;
  search.terms.clear();
  search.weights.clear();
  search.largest = -infinity;
  for (std::size_t i = 0; i < continuous_.size(); ++i) {
    const auto& column = std::get<NumericColumn>(columns_[continuous_[i]]);
    const double x = column.coordinate(point[continuous_[i]]);
    search.x[i] = x;
    if (!(column.low() <= x && x <= column.high())) search.outside = true;
  }
  for (const std::vector<std::size_t>* dimensions : {&continuous_, &grids_}) {
    for (const std::size_t p : *dimensions) {
      const auto [x, slack, offset] = std::get<NumericColumn>(columns_[p]).scan_point(point[p]);
      search.scanned.push_back(x);
      search.slack.push_back(slack);
      search.offset += offset;
    }
  }
  add(search, point, size());
}

/** Adds the term of component j. */
void ParzenSideMixture::add(Search& search, std::span<const double> point, std::size_t j) {
  double term = rows_.constant(j) - parzen_distance_(rows_.row(j), search.x.data(), rows_.stride());
  for (const std::vector<std::size_t>* dimensions : {&grids_, &categorical_}) {
    for (const std::size_t p : *dimensions) {
      term += std::visit([&](auto& column) { return column.term(j, point[p]); }, columns_[p]);
    }
  }
  const double weight = weights_[j];
  if (weight == 0) return;
  search.terms.push_back(term);
  search.weights.push_back(weight);
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

void ParzenSideMixture::log_pdf_of_near(std::span<const double> points, std::span<double> out) {
  // So many components stay in the cache while all points meet them.
  constexpr std::size_t tile = 2 * kParzenBlock;
  // All terms further below the largest one add less than half a unit in its last place; the rest
  // is for the rounding of the bounds.
  const double margin = 36 + std::log(static_cast<double>(size()) + 1) + 0.25;
  const std::size_t n = size(), d = columns_.size(), m = out.size();
  std::vector<const float*> mu, inverse_sigma;
  for (const std::vector<std::size_t>* dimensions : {&continuous_, &grids_}) {
    for (const std::size_t p : *dimensions) {
      mu.push_back(std::get<NumericColumn>(columns_[p]).scan_mu());
      inverse_sigma.push_back(std::get<NumericColumn>(columns_[p]).scan_inverse_sigma());
    }
  }
  near_.resize(tile);
  searches_.resize(m);
  for (std::size_t i = 0; i < m; ++i) begin(searches_[i], points.subspan(i * d, d));
  ParzenScan scan{.bounds = rows_.bounds(),
                  .n_parameters = mu.size(),
                  .mu = mu.data(),
                  .inverse_sigma = inverse_sigma.data()};
  const auto find = kernels().parzen_scan;
  // The latest ones first: they are likely to be near, which lets the others be left out early.
  for (std::size_t tiles = (n + tile - 1) / tile; tiles > 0; --tiles) {
    const std::size_t from = (tiles - 1) * tile;
    for (std::size_t i = 0; i < m; ++i) {
      Search& search = searches_[i];
      if (search.outside) continue;
      scan.x = search.scanned.data();
      scan.slack = search.slack.data();
      scan.floor =
          static_cast<float>(search.largest - margin - weights_.largest_log() - search.offset);
      const std::size_t found = find(scan, from, std::min(from + tile, n), near_.data());
      for (std::size_t k = 0; k < found; ++k) {
        add(search, points.subspan(i * d, d), static_cast<std::size_t>(near_[k]));
      }
    }
  }
  for (std::size_t i = 0; i < m; ++i) out[i] = end(searches_[i]);
}

}  // namespace trialforge::cpu
