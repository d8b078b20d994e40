// The kernels of a training step that no single layer owns: shuffle, batch, dropout masks, metrics,
// optimizer. What changes from step to step lies in device memory, so that a captured step needs no
// new arguments. For cuda/ only.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/backend.h"
#include "ops/step_factors.h"
#include "trialforge/optimizer.h"

namespace trialforge::cuda {

/** One network in training. */
struct TrialState {
  std::uint64_t seed = 0;
  std::uint64_t step = 0;      // optimizer steps begun
  std::uint32_t position = 0;  // samples of this pass over the data that are done
  OptimizerSpec optimizer = {};
  StepFactors factors[2] = {};  // those of step s, the first of which is 1, at s % 2
};

/** Sums over the samples of a pass so far. */
struct PassSums {
  double loss = 0;
  double correct = 0;
  double penalty = 0;  // that of each step's weights, once a sample of the step
};

/** Where batches come from. Device memory. */
struct BatchSource {
  const std::uint8_t* bytes = nullptr;   // [samples, sample_size], scaled by 1/255; or null
  const float* floats = nullptr;         // [samples, sample_size]; or null
  const std::int32_t* labels = nullptr;  // [samples]; or null
  const float* targets = nullptr;        // [samples, classes]; or null
  const std::uint32_t* order = nullptr;  // [count, order_stride] samples; null: as they lie
  std::size_t order_stride = 0;
};

// --- shuffle.cu

/** Entries for each network that shuffled_order needs for n samples: a power of two. */
std::size_t shuffle_entries(std::size_t n) noexcept;
/**
 * As shuffled_order of network.h, with the seeds of the `count` states. order and keys are [count,
 * shuffle_entries(n)]; entries from n on are no samples.
 */
void shuffled_order(const Queue& queue, int count, const TrialState* states, std::uint64_t epoch,
                    std::size_t n, std::uint32_t* order, std::uint64_t* keys);

// --- batch.cu

/** Sets positions and sums to 0, and the factors of the next step. */
void begin_pass(const Queue& queue, int count, TrialState* states, PassSums* sums);
/**
 * The next `batch` samples of each of `count` networks; where it trains, it begins a step. labels
 * and targets may be null.
 */
void gather_batch(const Queue& queue, int count, int batch, bool trains, std::size_t sample_size,
                  int classes, const BatchSource* source, TrialState* states,
                  float* x /* [count, batch, sample_size] */,
                  std::int32_t* labels /* [count, batch] */,
                  float* targets /* [count, batch, classes] */);
/**
 * Adds a batch to the sums, with losses and penalties [count, chunks] unless they are null, and
 * makes ready for the next: moves on by `batch` samples and, where it trains, sets the factors of
 * the step after the one that gather_batch began. Nothing between reads what it writes.
 */
void finish_batch(const Queue& queue, int count, int batch, bool trains,
                  const float* loss /* [count, batch] */, const float* correct /* [count, batch] */,
                  const double* penalties, std::size_t chunks, TrialState* states, PassSums* sums);

// --- dropout.cu

/** x and y are [count, n]. In place is allowed. */
void dropout_forward(const Queue& queue, int count, const TrialDropout& layer, const float* x,
                     float* y, std::size_t n);
/** dx, taken through the gradient of x_activation, whose output x is (null with linear). */
void dropout_backward(const Queue& queue, int count, const TrialDropout& layer, const float* dy,
                      Activation x_activation, const float* x, float* dx, std::size_t n);

// --- optimizer.cu

/** A run of weights that has penalties; those of network t are at [t * segments + its index]. */
struct PenaltyRange {
  std::size_t begin = 0, end = 0;
};
struct Penalty {
  float l1 = 0, l2 = 0;
};
/** In device memory. */
struct Penalties {
  int segments = 0;
  const PenaltyRange* ranges = nullptr;  // [segments], in ascending order
  const Penalty* factors = nullptr;      // [count, segments]
};

/**
 * One step of weights [begin, end) of each network, by its state. w and dw begin
 * trials.weight_stride floats apart, the slots of the optimizer's state slot_stride, and states of
 * networks slots * slot_stride. `begin` is a multiple of four.
 */
void optimizer_step(const Queue& queue, const Trials& trials, const OptimizerSpec& rule,
                    const TrialState* states, const Penalties& penalties, float* dw, float* w,
                    float* state, std::size_t slot_stride, std::size_t begin, std::size_t end);
void fill(const Queue& queue, float value, float* x, std::size_t n);
/** Doubles for each network that penalty_sums writes. */
std::size_t penalty_chunks(std::size_t n) noexcept;
/** Sums of l1 |w| + l2 w^2 over pieces of the n weights: [count, penalty_chunks(n)]. */
void penalty_sums(const Queue& queue, const Trials& trials, const Penalties& penalties,
                  const float* w, std::size_t n, double* sums);

}  // namespace trialforge::cuda
