#include "trialforge/elementwise.h"

#include <algorithm>
#include <source_location>
#include <string>

#include "cpu/ops.h"
#include "cuda/backend.h"
#include "trialforge/error.h"

namespace trialforge {
namespace {

constexpr const char* unary_names[] = {
    "abs",      "acos",   "acosh",  "asin",  "asinh",       "atan",       "atanh",      "ceil",
    "cos",      "cosh",   "elu",    "erf",   "exp",         "expm1",      "floor",      "is_finite",
    "is_inf",   "is_nan", "log",    "log1p", "logical_not", "neg",        "reciprocal", "relu",
    "relu6",    "round",  "rsqrt",  "selu",  "sigmoid",     "sign",       "sin",        "sinh",
    "softplus", "sqrt",   "square", "tan",   "tanh",        "leaky_relu", "step",       "clip"};
static_assert(std::size(unary_names) == unary_op_count);

constexpr const char* binary_names[] = {
    "add",         "subtract",   "multiply",   "divide",  "floor_divide",
    "mod",         "maximum",    "minimum",    "pow",     "squared_difference",
    "atan2",       "relu_grad",  "elu_grad",   "prelu",   "equal",
    "not_equal",   "less",       "less_equal", "greater", "greater_equal",
    "logical_and", "logical_or", "bitwise_and"};
static_assert(std::size(binary_names) == binary_op_count);

// Messages are built where something is wrong only: calls with small tensors take less time than
// they.
[[noreturn]] void refuse(const std::string& message,
                         std::source_location where = std::source_location::current()) {
  throw Error(ErrorCode::invalid_argument, message, where);
}

[[noreturn]] void refuse_type(const char* op, DType type) {
  refuse(std::string(op) + " does not take " + dtype_name(type) + " tensors");
}

void require_type(const char* op, const char* name, DType type, DType expected) {
  if (type == expected) return;
  refuse(std::string(op) + ": " + name + " must be " + dtype_name(expected) + ", not " +
         dtype_name(type));
}

void require_elements(const char* op, const char* name, std::size_t size, std::size_t expected) {
  if (size == expected) return;
  refuse(std::string(op) + ": " + name + " must have " + std::to_string(expected) +
         " elements, not " + std::to_string(size));
}

DType result_type(UnaryOp op, DType x) {
  const auto only = [&](DType taken, DType result) {
    if (x != taken) refuse_type(unary_op_name(op), x);
    return result;
  };
  switch (op) {
    case UnaryOp::logical_not:
      return only(DType::bool8, DType::bool8);
    case UnaryOp::is_finite:
    case UnaryOp::is_inf:
    case UnaryOp::is_nan:
      return only(DType::float32, DType::bool8);
    case UnaryOp::abs:
    case UnaryOp::clip:
    case UnaryOp::neg:
    case UnaryOp::relu:
    case UnaryOp::relu6:
    case UnaryOp::sign:
    case UnaryOp::square:
    case UnaryOp::step:
      if (x == DType::int32) return DType::int32;
      [[fallthrough]];
    default:
      return only(DType::float32, DType::float32);
  }
}

DType result_type(BinaryOp op, DType operands) {
  const auto only = [&](DType taken) {
    if (operands != taken) refuse_type(binary_op_name(op), operands);
    return operands;
  };
  switch (op) {
    case BinaryOp::equal:
    case BinaryOp::not_equal:
    case BinaryOp::less:
    case BinaryOp::less_equal:
    case BinaryOp::greater:
    case BinaryOp::greater_equal:
      return DType::bool8;
    case BinaryOp::logical_and:
    case BinaryOp::logical_or:
      return only(DType::bool8);
    case BinaryOp::bitwise_and:
      return only(DType::int32);
    case BinaryOp::atan2:
    case BinaryOp::relu_grad:
    case BinaryOp::elu_grad:
    case BinaryOp::prelu:
      return only(DType::float32);
    default:
      return operands == DType::int32 ? operands : only(DType::float32);
  }
}

std::string text(std::span<const int> shape) {
  std::string s = "[";
  for (const int size : shape) {
    if (s.size() > 1) s += ',';
    s += std::to_string(size);
  }
  return s + "]";
}

/** The elements of a tensor; 0 sizes do not hide that the others overflow. */
std::size_t size_of(const char* op, const char* name, std::span<const int> shape) {
  std::uint64_t total = 1;
  bool empty = false;
  for (const int size : shape) {
    if (size < 0) {
      refuse(std::string(op) + ": the sizes of " + name + " must be 0 or more, not " +
             std::to_string(size));
    }
    empty = empty || size == 0;
    total *= static_cast<std::uint64_t>(std::max(size, 1));
    if (total >= 1u << 31) {
      refuse(std::string(op) + ": " + name + " would have 2^31 elements or more");
    }
  }
  return empty ? 0 : static_cast<std::size_t>(total);
}

/** The shape of a result, right-aligned in max_broadcast_rank axes. */
struct Broadcast {
  int sizes[max_broadcast_rank];
  int rank;
};

Broadcast broadcast(const char* op, std::span<const int> a, std::span<const int> b) {
  const std::size_t rank = std::max(a.size(), b.size());
  if (rank > max_broadcast_rank) {
    refuse(std::string(op) + ": shapes must have at most " + std::to_string(max_broadcast_rank) +
           " axes, not " + std::to_string(rank));
  }
  Broadcast result = {{}, static_cast<int>(rank)};
  for (std::size_t axis = 0; axis < rank; ++axis) {
    const auto size = [&](std::span<const int> shape) {
      const std::size_t missing = rank - shape.size();
      return axis < missing ? 1 : shape[axis - missing];
    };
    if (size(a) != size(b) && size(a) != 1 && size(b) != 1) {
      refuse(std::string(op) + ": shapes " + text(a) + " and " + text(b) + " do not go together");
    }
    result.sizes[axis] = size(a) == 1 ? size(b) : size(a);
  }
  return result;
}

}  // namespace

const char* unary_op_name(UnaryOp op) noexcept { return unary_names[static_cast<int>(op)]; }
const char* binary_op_name(BinaryOp op) noexcept { return binary_names[static_cast<int>(op)]; }

void unary(const Device& device, UnaryOp op, const UnaryParameters& parameters, TensorView x,
           MutableTensorView y) {
  const char* name = unary_op_name(op);
  require_type(name, "y", y.dtype, result_type(op, x.dtype));
  require_elements(name, "y", y.size, x.size);
  if (y.size == 0) return;
  if (device.kind() == DeviceKind::cpu) {
    cpu::unary(device.pool(), op, x.dtype, parameters, x.data, y.data, x.size);
  } else {
    cuda::unary(cuda::queue_of(device), op, x.dtype, parameters, x.data, y.data, x.size);
  }
}

void binary(const Device& device, BinaryOp op, std::span<const int> a_shape,
            std::span<const int> b_shape, TensorView a, TensorView b, MutableTensorView y) {
  const char* name = binary_op_name(op);
  require_type(name, "b", b.dtype, a.dtype);
  require_type(name, "y", y.dtype, result_type(op, a.dtype));
  const Broadcast shape = broadcast(name, a_shape, b_shape);
  require_elements(name, "a", a.size, size_of(name, "a", a_shape));
  require_elements(name, "b", b.size, size_of(name, "b", b_shape));
  const std::span<const int> sizes(shape.sizes, static_cast<std::size_t>(shape.rank));
  require_elements(name, "y", y.size, size_of(name, "y", sizes));
  if (y.size == 0) return;
  if (device.kind() == DeviceKind::cpu) {
    cpu::binary(device.pool(), op, a.dtype, a_shape, b_shape, a.data, b.data, y.data);
  } else {
    cuda::binary(cuda::queue_of(device), op, a.dtype, a_shape, b_shape, a.data, b.data, y.data);
  }
}

void select(const Device& device, TensorView condition, TensorView a, TensorView b,
            MutableTensorView y) {
  require_type("select", "condition", condition.dtype, DType::bool8);
  require_type("select", "b", b.dtype, a.dtype);
  require_type("select", "y", y.dtype, a.dtype);
  require_elements("select", "a", a.size, y.size);
  require_elements("select", "b", b.size, y.size);
  if (condition.size == 0 ? y.size != 0 : y.size % condition.size != 0) {
    refuse("select: condition has " + std::to_string(condition.size) +
           " elements, which do not divide the " + std::to_string(y.size) + " of y");
  }
  if (y.size == 0) return;
  if (device.kind() == DeviceKind::cpu) {
    cpu::select(device.pool(), condition.as<std::uint8_t>(), condition.size, y.dtype, a.data,
                b.data, y.data, y.size);
  } else {
    cuda::select(cuda::queue_of(device), condition.as<std::uint8_t>(), condition.size, y.dtype,
                 a.data, b.data, y.data, y.size);
  }
}

void cast(const Device& device, TensorView x, MutableTensorView y) {
  require_elements("cast", "y", y.size, x.size);
  if (y.size == 0) return;
  if (device.kind() == DeviceKind::cpu) {
    cpu::cast(device.pool(), x.dtype, x.data, y.dtype, y.data, x.size);
  } else {
    cuda::cast(cuda::queue_of(device), x.dtype, x.data, y.dtype, y.data, x.size);
  }
}

}  // namespace trialforge
