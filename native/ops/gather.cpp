#include "trialforge/gather.h"

#include <cmath>
#include <limits>

#include "cpu/ops.h"
#include "cuda/backend.h"
#include "ops/check.h"
#include "ops/views.h"

namespace trialforge {
namespace {

void require_not_negative(const char* name, int value) {
  if (value >= 0) return;
  throw Error(ErrorCode::invalid_argument,
              std::string("gather: ") + name + " must be 0 or more, not " + std::to_string(value));
}

void require_value(const char* name, double value, DType type) {
  bool fits = true;
  if (type == DType::int32) {
    fits = value >= std::numeric_limits<std::int32_t>::min() &&
           value <= std::numeric_limits<std::int32_t>::max() && value == std::trunc(value);
  } else if (type == DType::bool8) {
    fits = value == 0 || value == 1;
  }
  if (fits) return;
  throw Error(ErrorCode::invalid_argument, std::string("one_hot: ") + name + " is " +
                                               std::to_string(value) + ", which is no " +
                                               dtype_name(type));
}

}  // namespace

std::size_t GatherShape::x_size() const noexcept {
  return static_cast<std::size_t>(batch) * outer * axis * inner;
}
std::size_t GatherShape::indices_size() const noexcept {
  return static_cast<std::size_t>(batch) * indices_per_batch;
}
std::size_t GatherShape::y_size() const noexcept {
  return static_cast<std::size_t>(batch) * outer * indices_per_batch * inner;
}

void GatherShape::validate() const {
  require_not_negative("batch", batch);
  require_not_negative("outer", outer);
  require_not_negative("axis", axis);
  require_not_negative("inner", inner);
  require_not_negative("indices_per_batch", indices_per_batch);
  checked_size("gather: x", {batch, outer, axis, inner});
  checked_size("gather: indices", {batch, indices_per_batch});
  checked_size("gather: y", {batch, outer, indices_per_batch, inner});
}

void gather(const Device& device, const GatherShape& s, TensorView x,
            std::span<const std::int32_t> indices, MutableTensorView y) {
  s.validate();
  require_dtype("gather: y", y.dtype, x.dtype);
  require_elements("gather: x", x, s.x_size());
  require_elements("gather: indices", indices, s.indices_size());
  require_elements("gather: y", reading(y), s.y_size());
  require_apart("gather", x, y);
  require_apart("gather", indices, y);
  if (device.kind() == DeviceKind::cuda) {
    if (y.size == 0) return;
    return cuda::gather(cuda::queue_of(device), s, bytes_of(x.dtype), x.data, indices.data(),
                        y.data);
  }
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (indices[i] >= 0 && indices[i] < s.axis) continue;
    throw Error(ErrorCode::invalid_argument, "gather: indices[" + std::to_string(i) +
                                                 "] must be in [0, " + std::to_string(s.axis) +
                                                 "), not " + std::to_string(indices[i]));
  }
  cpu::gather(device.pool(), s, bytes_of(x.dtype), x.data, indices.data(), y.data);
}

void one_hot(const Device& device, int depth, double on, double off,
             std::span<const std::int32_t> indices, MutableTensorView y) {
  if (depth < 0) {
    throw Error(ErrorCode::invalid_argument,
                "one_hot: depth must be 0 or more, not " + std::to_string(depth));
  }
  const std::size_t n =
      checked_size("one_hot: y", {static_cast<std::int64_t>(indices.size()), depth});
  require_value("on", on, y.dtype);
  require_value("off", off, y.dtype);
  require_elements("one_hot: y", reading(y), n);
  require_apart("one_hot", indices, y);
  if (y.size == 0) return;
  if (device.kind() == DeviceKind::cpu) {
    cpu::one_hot(device.pool(), depth, on, off, indices, y);
  } else {
    cuda::one_hot(cuda::queue_of(device), depth, on, off, indices.data(), indices.size(), y);
  }
}

}  // namespace trialforge
