#include "trialforge/reduce.h"

#include "cpu/ops.h"
#include "cuda/backend.h"
#include "ops/check.h"
#include "ops/views.h"
#include "trialforge/buffer.h"

namespace trialforge {
namespace {

const char* reduce_op_name(ReduceOp op) {
  constexpr const char* names[] = {"sum", "mean", "max", "min", "prod", "all", "any"};
  return names[static_cast<int>(op)];
}

bool takes(ReduceOp op, DType type) {
  switch (op) {
    case ReduceOp::mean:
      return type == DType::float32;
    case ReduceOp::all:
    case ReduceOp::any:
      return type == DType::bool8;
    default:
      return type != DType::bool8;
  }
}

void require_not_negative(const char* name, int value) {
  if (value >= 0) return;
  throw Error(ErrorCode::invalid_argument,
              std::string("reduce: ") + name + " must be 0 or more, not " + std::to_string(value));
}

}  // namespace

std::size_t ReduceShape::x_size() const noexcept {
  return static_cast<std::size_t>(outer) * reduced * inner;
}
std::size_t ReduceShape::y_size() const noexcept { return static_cast<std::size_t>(outer) * inner; }

void ReduceShape::validate() const {
  require_not_negative("outer", outer);
  require_not_negative("reduced", reduced);
  require_not_negative("inner", inner);
  checked_size("reduce: x", {outer, inner, reduced});
  checked_size("reduce: y", {outer, inner});
}

void reduce(const Device& device, ReduceOp op, const ReduceShape& s, TensorView x,
            MutableTensorView y) {
  s.validate();
  if (!takes(op, x.dtype)) {
    throw Error(ErrorCode::invalid_argument,
                std::string("reduce: ") + reduce_op_name(op) + " takes no " + dtype_name(x.dtype));
  }
  require_dtype("reduce: y", y.dtype, x.dtype);
  require_elements("reduce: x", x, s.x_size());
  require_elements("reduce: y", reading(y), s.y_size());
  require_apart("reduce", x, y);
  if (y.size == 0) return;
  if (device.kind() == DeviceKind::cpu) return cpu::reduce(device.pool(), op, s, x, y);
  const Buffer workspace(device, cuda::reduce_workspace(s), BufferContents::anything);
  cuda::reduce(cuda::queue_of(device), op, s, x, y, workspace.data());
}

void arg_reduce(const Device& device, ArgOp op, const ReduceShape& s, TensorView x,
                MutableTensorView y) {
  s.validate();
  if (x.dtype == DType::bool8) {
    throw Error(ErrorCode::invalid_argument, "arg_reduce: x must be float32 or int32, not bool");
  }
  require_dtype("arg_reduce: y", y.dtype, DType::int32);
  require_elements("arg_reduce: x", x, s.x_size());
  require_elements("arg_reduce: y", reading(y), s.y_size());
  require_apart("arg_reduce", x, y);
  if (y.size == 0) return;
  std::int32_t* const rows = y.as<std::int32_t>();
  if (device.kind() == DeviceKind::cpu) return cpu::arg_reduce(device.pool(), op, s, x, rows);
  const Buffer workspace(device, cuda::reduce_workspace(s), BufferContents::anything);
  cuda::arg_reduce(cuda::queue_of(device), op, s, x, rows, workspace.data());
}

}  // namespace trialforge
