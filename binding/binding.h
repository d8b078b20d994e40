// What every binding file shares: typed errors, and views of JavaScript's typed arrays.
#pragma once

#include <napi.h>

#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "trialforge/error.h"

namespace trialforge::binding {

/** A JavaScript Error with the native error's code, for src/native/addon.ts to type. */
inline Napi::Error to_js_error(Napi::Env env, const char* code, const std::string& message) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, code));
  return error;
}

/** Runs `body`, turning native errors into JavaScript errors that carry a code. */
template <typename Body>
auto guarded(Napi::Env env, Body&& body) -> decltype(body()) {
  try {
    return body();
  } catch (const Error& error) {
    throw to_js_error(env, error_code_name(error.code()), error.what());
  } catch (const std::bad_alloc&) {
    throw to_js_error(env, error_code_name(ErrorCode::out_of_memory), "out of host memory");
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::exception& error) {
    throw to_js_error(env, "ERR_INTERNAL", error.what());
  }
}

template <typename T>
constexpr napi_typedarray_type typed_array_type() {
  if constexpr (std::is_same_v<T, float>)
    return napi_float32_array;
  else if constexpr (std::is_same_v<T, double>)
    return napi_float64_array;
  else if constexpr (std::is_same_v<T, std::int32_t>)
    return napi_int32_array;
  else
    return napi_uint8_array;
}

template <typename T>
constexpr const char* typed_array_name() {
  if constexpr (std::is_same_v<T, float>)
    return "Float32Array";
  else if constexpr (std::is_same_v<T, double>)
    return "Float64Array";
  else if constexpr (std::is_same_v<T, std::int32_t>)
    return "Int32Array";
  else
    return "Uint8Array";
}

/**
 * The elements of the typed array `value`, in place: valid until the calling function returns to
 * JavaScript. Throws ErrorCode::invalid_argument if it is anything else than a T array.
 */
template <typename T>
std::span<T> span_of(const Napi::Value& value, const char* name) {
  if (value.IsTypedArray()) {
    const Napi::TypedArray array = value.As<Napi::TypedArray>();
    if (array.TypedArrayType() == typed_array_type<T>()) {
      void* data = nullptr;
      std::size_t length = 0;
      napi_get_typedarray_info(value.Env(), value, nullptr, &length, &data, nullptr, nullptr);
      return {static_cast<T*>(data), length};
    }
  }
  constexpr const char* article = std::is_same_v<T, std::int32_t> ? "an " : "a ";
  throw Error(ErrorCode::invalid_argument,
              std::string(name) + " must be " + article + typed_array_name<T>());
}

/** A copy of them, for what must not change while it is read, even if the memory is shared. */
template <typename T>
std::vector<T> copy_of(const Napi::Value& value, const char* name) {
  const auto values = span_of<T>(value, name);
  return {values.begin(), values.end()};
}

/**
 * A T array of `n` zeros, made by JavaScript's constructor: Node-API's own function ends the
 * process where memory is short. Throws ErrorCode::out_of_memory.
 */
template <typename T>
Napi::Value new_array(Napi::Env env, std::size_t n) {
  try {
    const std::string name = typed_array_name<T>();
    const Napi::Function constructor = env.Global().Get(name).As<Napi::Function>();
    const Napi::Value array = constructor.New({Napi::Number::New(env, static_cast<double>(n))});
    require(span_of<T>(array, "the new array").size() == n, name + " is replaced");
    return array;
  } catch (const Napi::Error&) {
    throw Error(ErrorCode::out_of_memory,
                "out of host memory: " + std::to_string(n * sizeof(T)) + " bytes asked for");
  }
}

inline Napi::Float32Array new_floats(Napi::Env env, std::size_t n) {
  return new_array<float>(env, n).As<Napi::Float32Array>();
}

inline double number_of(const Napi::Value& value, const char* name) {
  require(value.IsNumber(), std::string(name) + " must be a number");
  return value.As<Napi::Number>().DoubleValue();
}

/** A number that is a 32-bit integer. */
inline int int_of(const Napi::Value& value, const char* name) {
  const double number = number_of(value, name);
  require(number >= -2147483648.0 && number <= 2147483647.0 && number == std::trunc(number),
          std::string(name) + " must be a 32-bit integer, not " + std::to_string(number));
  return static_cast<int>(number);
}

/** A number that is an integer in [0, 2^53). */
inline std::uint64_t count_of(const Napi::Value& value, const char* name) {
  const double number = number_of(value, name);
  require(number >= 0 && number < 9007199254740992.0 && number == std::trunc(number),
          std::string(name) + " must be an integer in [0, 2^53), not " + std::to_string(number));
  return static_cast<std::uint64_t>(number);
}

inline std::string string_of(const Napi::Value& value, const char* name) {
  require(value.IsString(), std::string(name) + " must be a string");
  return value.As<Napi::String>().Utf8Value();
}

inline bool bool_of(const Napi::Value& value, const char* name) {
  require(value.IsBoolean(), std::string(name) + " must be a boolean");
  return value.As<Napi::Boolean>().Value();
}

}  // namespace trialforge::binding
