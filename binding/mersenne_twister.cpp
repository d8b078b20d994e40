#include "trialforge/mersenne_twister.h"

#include "binding.h"

namespace trialforge::binding {
namespace {

std::span<std::uint32_t> words_of(const Napi::Value& value, const char* name) {
  const auto words = span_of<std::int32_t>(value, name);
  return {reinterpret_cast<std::uint32_t*>(words.data()), words.size()};
}

/** (state Int32Array, words Int32Array) */
void next_words(const Napi::CallbackInfo& info) {
  guarded(info.Env(),
          [&] { mersenne_twister(words_of(info[0], "state"), words_of(info[1], "words")); });
}

}  // namespace

void init_mersenne_twister(Napi::Env env, Napi::Object exports) {
  exports.Set("mersenneTwister", Napi::Function::New(env, next_words, "mersenneTwister"));
}

}  // namespace trialforge::binding
