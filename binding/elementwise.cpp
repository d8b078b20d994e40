#include "trialforge/elementwise.h"

#include <vector>

#include "binding.h"
#include "tensor.h"

namespace trialforge::binding {
namespace {

/** An index into an enumeration of `count`. */
int op_of(const Napi::Value& value, int count) {
  const int op = int_of(value, "op");
  require(op >= 0 && op < count,
          "op must be in 0.." + std::to_string(count - 1) + ", not " + std::to_string(op));
  return op;
}

/** Copied: sizes must not change between the check and the use, even if their buffer is shared. */
std::vector<int> shape_of(const Napi::Value& value, const char* name) {
  const auto sizes = span_of<std::int32_t>(value, name);
  return {sizes.begin(), sizes.end()};
}

void js_unary(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const Operands operands(info);
    const auto op = static_cast<UnaryOp>(op_of(info[0], unary_op_count));
    const auto parameters = span_of<float>(info[1], "parameters");
    require(parameters.size() == 2,
            "parameters must have 2 elements, not " + std::to_string(parameters.size()));
    unary(operands.device(), op, {.alpha = parameters[0], .beta = parameters[1]},
          operands.tensor(2, "x"), operands.mutable_tensor(3, "y"));
  });
}

void js_binary(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const Operands operands(info);
    const auto op = static_cast<BinaryOp>(op_of(info[0], binary_op_count));
    binary(operands.device(), op, shape_of(info[1], "aShape"), shape_of(info[2], "bShape"),
           operands.tensor(3, "a"), operands.tensor(4, "b"), operands.mutable_tensor(5, "y"));
  });
}

void js_select(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const Operands operands(info);
    select(operands.device(), operands.tensor(0, "condition"), operands.tensor(1, "a"),
           operands.tensor(2, "b"), operands.mutable_tensor(3, "y"));
  });
}

void js_cast(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const Operands operands(info);
    cast(operands.device(), operands.tensor(0, "x"), operands.mutable_tensor(1, "y"));
  });
}

}  // namespace

void init_elementwise(Napi::Env env, Napi::Object exports) {
  exports.Set("unary", Napi::Function::New(env, js_unary, "unary"));
  exports.Set("binary", Napi::Function::New(env, js_binary, "binary"));
  exports.Set("select", Napi::Function::New(env, js_select, "select"));
  exports.Set("cast", Napi::Function::New(env, js_cast, "cast"));
}

}  // namespace trialforge::binding
