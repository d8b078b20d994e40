// The best of rows with several losses the slow way: ranks by comparing all with all, volumes by
// counting cells.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace trialforge::reference {

/** As trialforge::hypervolume. */
double hypervolume(std::span<const double> points, std::span<const double> reference);

/** As trialforge::Fronts::best, of rows whose numbers are 0, 1, 2, ... */
std::vector<std::int32_t> best_rows(std::span<const double> losses, std::size_t n_objectives,
                                    std::size_t n);

}  // namespace trialforge::reference
