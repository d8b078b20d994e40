// Copies of boxes between tensors of any element strides: the mechanism behind transpose, slice,
// pad, concat, tile, reverse and broadcast.
#pragma once

#include <cstdint>
#include <span>

#include "trialforge/device.h"
#include "trialforge/tensor.h"

namespace trialforge {

inline constexpr std::size_t kMaxCopyRank = 8;

/**
 * to[to_offset + sum_d i_d to_strides[d]] = from[from_offset + sum_d i_d from_strides[d]] for every
 * index i of the box `shape` (rank 0 to 8, in elements; an extent of 0 copies nothing).
 *
 * Strides may be negative, those of `from` also 0. Throws ErrorCode::invalid_argument if an index
 * lies outside of its tensor, the types differ, the tensors share memory, or elements of `to` are
 * not kept apart: sorted by size, each stride (of an extent above 1) must be larger than all that
 * the smaller ones reach, as the strides of a tensor's axes are in any order.
 */
void strided_copy(const Device& device, std::span<const std::int32_t> shape,
                  std::span<const std::int32_t> from_strides, std::int64_t from_offset,
                  std::span<const std::int32_t> to_strides, std::int64_t to_offset, TensorView from,
                  MutableTensorView to);

}  // namespace trialforge
