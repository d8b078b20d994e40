#include "trialforge/mersenne_twister.h"

#include "binding.h"

namespace trialforge::binding {
namespace {

/** (state Int32Array, position, values Float64Array): the position afterwards. */
Napi::Value doubles(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto words = span_of<std::int32_t>(info[0], "state");
    const std::span state(reinterpret_cast<std::uint32_t*>(words.data()), words.size());
    const auto values = span_of<double>(info[2], "values");
    const std::size_t position =
        mersenne_twister_doubles(state, count_of(info[1], "position"), values);
    return Napi::Number::New(info.Env(), static_cast<double>(position));
  });
}

}  // namespace

void init_mersenne_twister(Napi::Env env, Napi::Object exports) {
  exports.Set("mersenneTwisterDoubles",
              Napi::Function::New(env, doubles, "mersenneTwisterDoubles"));
}

}  // namespace trialforge::binding
