// One side of a ParzenHistory: the mixture of its observations and the prior; arguments are
// checked.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "cpu/parzen_column.h"
#include "cpu/parzen_points.h"
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
  void log_pdf(ParzenPoints& points, std::span<double> out /* [n] */);
  /**
   * The first point of the largest log_numerators[i] - log_pdf(point i), or of the first NaN. Of
   * points that cannot be it only a part of the density is looked at.
   */
  std::size_t best_ratio(ParzenPoints& points, std::span<const double> log_numerators);
  /** Draws of dimension p. */
  void quantiles(std::size_t p, const ParzenDraws& draws);

 private:
  using Column = std::variant<NumericColumn, CategoricalColumn>;

  double log_pdf_of_all(std::span<const double> point);
  void log_pdf_of_near(ParzenPoints& points, std::span<double> out);

  std::vector<double> numbers_;
  std::vector<Column> columns_;
  /** Dimensions by kind: on a continuum, on a grid, categorical. */
  std::vector<std::size_t> continuous_, grids_, categorical_;
  ParzenRows rows_;
  decltype(Kernels::parzen_distance) parzen_distance_ = kernels().parzen_distance;
  ParzenWeights weights_;

  /** The terms of the components near a point, with their weights. */
  struct Search {
    std::span<const double> point;  // [d]
    const double* x;                // see ParzenPoints
    const float *scanned, *slack;
    /** What the terms of its grids have in common. */
    double offset;
    bool outside;
    double largest;
    std::vector<double> terms, weights;
  };
  std::span<std::size_t> roughly_best(std::span<const double> points,
                                      std::span<const double> log_numerators);
  std::size_t best_ratio_of_near(ParzenPoints& points, std::span<const double> log_numerators);
  bool is_alone() const;
  bool by_near() const;
  std::span<std::size_t> all_of(std::size_t n);
  void place(ParzenPoints& points) const;
  void begin(ParzenPoints& points);
  template <typename GoesOn>
  std::span<std::size_t> search(std::span<std::size_t> searches, GoesOn goes_on);
  double term(const Search& search, std::size_t j);
  void add(Search& search, std::size_t j);
  static void raise(Search& search, double term, double weight);
  double end(Search& search) const;

  std::vector<Search> searches_;
  std::vector<std::size_t> left_;
  std::vector<float> slack_;  // [n, numeric parameters]
  std::vector<std::int32_t> near_;
  std::vector<double> terms_;
};

}  // namespace trialforge::cpu
