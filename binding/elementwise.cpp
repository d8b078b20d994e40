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
    const auto op = static_cast<UnaryOp>(op_of(info[0], unary_op_count));
    const auto parameters = span_of<float>(info[1], "parameters");
    require(parameters.size() == 2,
            "parameters must have 2 elements, not " + std::to_string(parameters.size()));
    unary(op_device(info.Env()), op, {.alpha = parameters[0], .beta = parameters[1]},
          tensor_of(info[2], "x"), mutable_tensor_of(info[3], "y"));
  });
}

void js_binary(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const auto op = static_cast<BinaryOp>(op_of(info[0], binary_op_count));
    binary(op_device(info.Env()), op, shape_of(info[1], "aShape"), shape_of(info[2], "bShape"),
           tensor_of(info[3], "a"), tensor_of(info[4], "b"), mutable_tensor_of(info[5], "y"));
  });
}

void js_select(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    select(op_device(info.Env()), tensor_of(info[0], "condition"), tensor_of(info[1], "a"),
           tensor_of(info[2], "b"), mutable_tensor_of(info[3], "y"));
  });
}

void js_cast(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    cast(op_device(info.Env()), tensor_of(info[0], "x"), mutable_tensor_of(info[1], "y"));
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
