#include "cpu/parzen_side.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "cpu/kernels/kernels.h"
#include "cpu/parzen.h"

namespace trialforge::cpu {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

ParzenSideMixture::ParzenSideMixture(std::span<const ParzenDimension> dimensions,
                                     const ParzenHistoryOptions& options) {
  for (std::size_t p = 0; p < dimensions.size(); ++p) {
    const ParzenDimension& dimension = dimensions[p];
    if (dimension.n_choices > 0) {
      columns_.emplace_back(CategoricalColumn(dimension, options));
      categorical_.push_back(p);
    } else {
      columns_.emplace_back(NumericColumn(dimension, options));
      (dimension.step == 0 ? continuous_ : grids_).push_back(p);
    }
  }
}

void ParzenSideMixture::insert(double number, std::span<const double> row) {
  const auto place = std::lower_bound(numbers_.begin(), numbers_.end(), number);
  const auto at = static_cast<std::size_t>(place - numbers_.begin());
  numbers_.insert(place, number);
  for (std::size_t p = 0; p < columns_.size(); ++p) {
    std::visit([&](auto& column) { column.insert(at, row[p]); }, columns_[p]);
  }
}

bool ParzenSideMixture::erase(double number) {
  const auto place = std::lower_bound(numbers_.begin(), numbers_.end(), number);
  if (place == numbers_.end() || *place != number) return false;
  const auto at = static_cast<std::size_t>(place - numbers_.begin());
  numbers_.erase(place);
  for (Column& column : columns_) {
    std::visit([&](auto& of_kind) { of_kind.erase(at); }, column);
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
    std::visit([](auto& of_kind) { of_kind.refresh(); }, column);
  }
}

void ParzenSideMixture::set_log_weights(std::span<const double> log_weights) {
  log_weights_.assign(size() + kParzenBlock, -infinity);
  std::copy_n(log_weights.begin(), size(), log_weights_.begin());
  prior_log_weight_ = log_weights.back();
}

double ParzenSideMixture::quantile(std::size_t p, std::size_t j, double u) {
  return std::visit([&](auto& column) { return column.quantile(j, u); }, columns_[p]);
}

void ParzenSideMixture::log_pdf(std::span<const double> points, std::span<double> out) {
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
  for (std::size_t j = 0; j < size(); ++j) terms_[j] += log_weights_[j];
  terms_[size()] += prior_log_weight_;
  return log_sum_exp(terms_);
}

double ParzenSideMixture::term(std::size_t j, std::span<const double> point) {
  double sum = 0;
  for (std::size_t p = 0; p < columns_.size(); ++p) {
    sum += std::visit([&](auto& column) { return column.term(j, point[p]); }, columns_[p]);
  }
  return sum + (j < size() ? log_weights_[j] : prior_log_weight_);
}

void ParzenSideMixture::begin(Search& search, std::span<const double> point, bool exact) {
  std::vector<ParzenScanColumn>& scan = search.columns;
  scan.clear();
  search.outside = false;
  for (const std::vector<std::size_t>* dimensions : {&continuous_, &grids_}) {
    for (const std::size_t p : *dimensions) {
      const auto& column = std::get<NumericColumn>(columns_[p]);
      scan.push_back(column.scan_column(point[p]));
      const double x = scan.back().x;
      if (column.continuous() && !(column.low() <= x && x <= column.high())) search.outside = true;
      scan.back().rest = column.bound(scan.back());
    }
  }
  // From each column's bound to the sum of those after it.
  double later = 0;
  for (auto column = scan.rbegin(); column != scan.rend(); ++column) {
    later += std::exchange(column->rest, later);
  }
  search.found = 0;
  search.prior = term(size(), point);
  search.scan = {
      .log_weight = log_weights_.data(),
      .n_parameters = scan.size(),
      .columns = scan.data(),
      .largest = search.prior,
      // All terms further below the largest one add less than half a unit in its last place.
      .margin = 38 + std::log(static_cast<double>(size()) + 1),
      .exact = exact,
  };
}

double ParzenSideMixture::end(Search& search, std::span<const double> point) {
  if (search.outside) return -infinity;
  std::size_t& found = search.found;
  std::vector<double>& terms = search.terms;
  terms.resize(std::max(terms.size(), found + 1 + kParzenBlock));
  if (!search.scan.exact) {
    for (std::size_t i = 0; i < found; ++i) terms[i] = term(search.near[i], point);
  }
  terms[found++] = search.prior;
  const auto last = terms.begin() + static_cast<std::ptrdiff_t>(found);
  const double largest = *std::max_element(terms.begin(), last);
  if (largest == -infinity) return -infinity;
  std::fill_n(last, kParzenBlock, -infinity);
  return std::log(kernels().parzen_sum_exp(terms.data(), found, largest)) + largest;
}

void ParzenSideMixture::log_pdf_of_near(std::span<const double> points, std::span<double> out) {
  // So many components stay in the cache while all points meet them.
  constexpr std::size_t tile = 8 * kParzenBlock;
  const std::size_t n = size(), d = columns_.size(), m = out.size();
  const bool exact = grids_.empty() && categorical_.empty();
  searches_.resize(m);
  for (std::size_t i = 0; i < m; ++i) begin(searches_[i], points.subspan(i * d, d), exact);
  const auto scan = kernels().parzen_scan;
  for (std::size_t from = 0; from < n; from += tile) {
    for (Search& search : searches_) {
      if (search.outside) continue;
      if (search.near.size() < search.found + tile + kParzenBlock) {
        search.near.resize(2 * search.found + tile + kParzenBlock);
        search.terms.resize(2 * search.found + tile + kParzenBlock);
      }
      search.found += scan(search.scan, from, std::min(from + tile, n),
                           search.near.data() + search.found, search.terms.data() + search.found);
    }
  }
  for (std::size_t i = 0; i < m; ++i) out[i] = end(searches_[i], points.subspan(i * d, d));
}

}  // namespace trialforge::cpu
