// The second stage of sums over pixels. For the host side of cuda/ only.
#pragma once

#include <cstddef>

#include "cuda/backend.h"

namespace trialforge::cuda {

/**
 * sums[i] = partials[0, i] + ... + partials[rows - 1, i], for each trial, in an order that `rows`
 * alone decides; 0 of no rows. The last columns, from `head` on, go to tail[i - head], unless that
 * is null. sums and tail are weights (Trials).
 */
void sum_partials(const Queue& queue, const Trials& trials,
                  const float* partials /* [trials, rows, columns] */, std::size_t rows,
                  std::size_t columns, std::size_t head, float* sums, float* tail);

}  // namespace trialforge::cuda
