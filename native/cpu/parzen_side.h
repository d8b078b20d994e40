// One side of a ParzenHistory: the mixture of its observations and the prior; arguments are
// checked.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "cpu/parzen_column.h"
#include "trialforge/parzen_history.h"

namespace trialforge::cpu {

class ParzenSideMixture {
 public:
  ParzenSideMixture(std::span<const ParzenDimension> dimensions,
                    const ParzenHistoryOptions& options);

  std::size_t size() const noexcept { return numbers_.size(); }
  void insert(double number, std::span<const double> row /* [d] */);
  /** Whether it was here. */
  bool erase(double number);
  /** Many changes are coming. */
  void defer();
  /** After all changes, before anything is asked for. */
  void refresh();

  /** The logarithms of the components' weights, prior last. */
  void set_log_weights(std::span<const double> log_weights /* [size + 1] */);
  void log_pdf(std::span<const double> points /* [n, d] */, std::span<double> out /* [n] */);
  /** The value of dimension p of component j at which its distribution is u. */
  double quantile(std::size_t p, std::size_t j, double u);

 private:
  using Column = std::variant<NumericColumn, CategoricalColumn>;

  double term(std::size_t j, std::span<const double> point);
  double log_pdf_of_all(std::span<const double> point);
  void log_pdf_of_near(std::span<const double> points, std::span<double> out);

  std::vector<double> numbers_;
  std::vector<Column> columns_;
  /** Dimensions by kind: on a continuum, on a grid, categorical. */
  std::vector<std::size_t> continuous_, grids_, categorical_;
  /** [size], padded by a block of -infinity; the prior's apart. */
  std::vector<double> log_weights_;
  double prior_log_weight_ = 0;

  /** A point and the components found near it. */
  struct Search {
    std::vector<ParzenScanColumn> columns;
    ParzenScan scan;
    bool outside = false;
    double prior = 0;
    std::size_t found = 0;
    std::vector<std::int32_t> near;
    std::vector<double> terms;
  };
  void begin(Search& search, std::span<const double> point, bool exact);
  double end(Search& search, std::span<const double> point);

  std::vector<Search> searches_;
  std::vector<double> terms_;
};

}  // namespace trialforge::cpu
