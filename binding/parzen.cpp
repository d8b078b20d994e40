#include "binding.h"

namespace trialforge::binding {

void init_parzen(Napi::Env, Napi::Object) {}

}  // namespace trialforge::binding
