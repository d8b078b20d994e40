#include "trialforge/strided_copy.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "cpu/ops.h"
#include "cuda/backend.h"
#include "ops/check.h"
#include "ops/views.h"

namespace trialforge {
namespace {

using Axes = std::span<const CopyAxis>;

void require_rank(const char* name, std::size_t size, std::size_t rank) {
  if (size == rank) return;
  throw Error(ErrorCode::invalid_argument, std::string("strided_copy: ") + name + " must have " +
                                               std::to_string(rank) + " elements, not " +
                                               std::to_string(size));
}

/** Of the box, none of whose axes is empty. No sum overflows: the extents' product is below 2^31.
 */
void require_inside(const char* name, Axes axes, std::int64_t CopyAxis::*stride,
                    std::int64_t offset, std::size_t size) {
  const std::int64_t n = static_cast<std::int64_t>(size);
  std::int64_t lowest = offset, highest = offset;
  if (offset >= 0 && offset < n) {
    for (const CopyAxis& axis : axes) {
      const std::int64_t reach = (axis.size - 1) * axis.*stride;
      (reach < 0 ? lowest : highest) += reach;
    }
  }
  if (lowest >= 0 && highest < n) return;
  throw Error(ErrorCode::invalid_argument,
              std::string("strided_copy: ") + name + " has " + std::to_string(size) +
                  " elements, but the box covers " + std::to_string(lowest) + " to " +
                  std::to_string(highest));
}

void require_no_overlap(Axes axes) {
  std::array<CopyAxis, kMaxCopyRank> sorted;
  std::size_t n = 0;
  for (const CopyAxis& axis : axes) {
    if (axis.size <= 1) continue;
    std::size_t at = n++;
    for (; at > 0 && std::abs(sorted[at - 1].to) > std::abs(axis.to); --at) {
      sorted[at] = sorted[at - 1];
    }
    sorted[at] = axis;
  }
  std::int64_t reach = 0;
  for (const CopyAxis& axis : std::span(sorted).first(n)) {
    const std::int64_t stride = std::abs(axis.to);
    if (stride <= reach) {
      throw Error(ErrorCode::invalid_argument,
                  "strided_copy: to_strides do not keep the elements apart: a stride of " +
                      std::to_string(stride) + " where the smaller ones reach " +
                      std::to_string(reach));
    }
    reach += stride * (axis.size - 1);
  }
}

/** A copy as a device takes it (CopyAxis). */
struct Copy {
  std::array<CopyAxis, kMaxCopyRank> axes;
  std::size_t rank = 0;
  std::int64_t from, to;  // the first elements
};

Copy simplify(Axes axes, std::int64_t from, std::int64_t to) {
  Copy copy{{}, 0, from, to};
  for (CopyAxis axis : axes) {
    if (axis.size == 1) continue;
    if (axis.to < 0) {
      copy.from += axis.from * (axis.size - 1);
      copy.to += axis.to * (axis.size - 1);
      axis.from = -axis.from;
      axis.to = -axis.to;
    }
    std::size_t at = copy.rank++;
    for (; at > 0 && copy.axes[at - 1].to > axis.to; --at) copy.axes[at] = copy.axes[at - 1];
    copy.axes[at] = axis;
  }
  std::size_t kept = 0;
  for (std::size_t d = 1; d < copy.rank; ++d) {
    CopyAxis& inner = copy.axes[kept];
    const CopyAxis& axis = copy.axes[d];
    if (axis.from == inner.from * inner.size && axis.to == inner.to * inner.size) {
      inner.size *= axis.size;
    } else {
      copy.axes[++kept] = axis;
    }
  }
  if (copy.rank > 0) copy.rank = kept + 1;
  return copy;
}

}  // namespace

void strided_copy(const Device& device, std::span<const std::int32_t> shape,
                  std::span<const std::int32_t> from_strides, std::int64_t from_offset,
                  std::span<const std::int32_t> to_strides, std::int64_t to_offset, TensorView from,
                  MutableTensorView to) {
  const std::size_t rank = shape.size();
  if (rank > kMaxCopyRank) {
    throw Error(ErrorCode::invalid_argument,
                "strided_copy: a rank of " + std::to_string(rank) + " is above 8");
  }
  require_rank("from_strides", from_strides.size(), rank);
  require_rank("to_strides", to_strides.size(), rank);
  require_dtype("strided_copy: to", to.dtype, from.dtype);
  // Checked and used as copies: the memory of the spans could change meanwhile.
  std::array<CopyAxis, kMaxCopyRank> axes;
  bool empty = false;
  std::int64_t elements = 1;
  for (std::size_t d = 0; d < rank; ++d) {
    axes[d] = {shape[d], from_strides[d], to_strides[d]};
    if (axes[d].size < 0) {
      throw Error(ErrorCode::invalid_argument, "strided_copy: shape[" + std::to_string(d) +
                                                   "] must be 0 or more, not " +
                                                   std::to_string(axes[d].size));
    }
    if (axes[d].size == 0) empty = true;
    elements = static_cast<std::int64_t>(
        checked_size("strided_copy: the box", {elements, std::max<std::int64_t>(axes[d].size, 1)}));
  }
  if (empty) return;
  const Axes box(axes.data(), rank);
  require_inside("from", box, &CopyAxis::from, from_offset, from.size);
  require_inside("to", box, &CopyAxis::to, to_offset, to.size);
  require_no_overlap(box);
  require_apart("strided_copy", from, to);
  const std::size_t bytes = bytes_of(from.dtype);
  const Copy copy = simplify(box, from_offset, to_offset);
  const Axes kept(copy.axes.data(), copy.rank);
  const char* const source = from.as<char>() + static_cast<std::size_t>(copy.from) * bytes;
  char* const target = to.as<char>() + static_cast<std::size_t>(copy.to) * bytes;
  if (device.kind() == DeviceKind::cpu) {
    cpu::strided_copy(device.pool(), kept, bytes, source, target);
  } else {
    cuda::strided_copy(cuda::queue_of(device), kept, bytes, source, target);
  }
}

}  // namespace trialforge
