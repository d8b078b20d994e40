// One side of a ParzenHistory: the mixture of its observations and the prior; arguments are
// checked.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "cpu/parzen_column.h"
#include "cpu/parzen_weights.h"
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

  void set_weights(const ParzenWeights& weights) { weights_ = weights; }
  void log_pdf(std::span<const double> points /* [n, d] */, std::span<double> out /* [n] */);
  /** The value of dimension p of component j at which its distribution is u. */
  double quantile(std::size_t p, std::size_t j, double u);

 private:
  using Column = std::variant<NumericColumn, CategoricalColumn>;

  double log_pdf_of_all(std::span<const double> point);
  void log_pdf_of_near(std::span<const double> points, std::span<double> out);

  std::vector<double> numbers_;
  std::vector<Column> columns_;
  /** Dimensions by kind: on a continuum, on a grid, categorical. */
  std::vector<std::size_t> continuous_, grids_, categorical_;
  ParzenRows rows_;
  decltype(Kernels::parzen_distance) parzen_distance_ = kernels().parzen_distance;
  ParzenWeights weights_;

  /** A point and the terms of the components near it, with their weights. */
  struct Search {
    std::vector<double> x;       // on a continuum, padded to whole lanes
    std::vector<float> scanned;  // every numeric one, as a scan needs it
    std::vector<float> slack;
    /** What the terms of its grids have in common. */
    double offset = 0;
    bool outside = false;
    double largest = 0;
    std::vector<double> terms, weights;
  };
  void begin(Search& search, std::span<const double> point);
  void add(Search& search, std::span<const double> point, std::size_t j);
  double end(Search& search) const;

  std::vector<Search> searches_;
  std::vector<std::int32_t> near_;
  std::vector<double> terms_;
};

}  // namespace trialforge::cpu
