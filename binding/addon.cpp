// The addon's table of contents: each facade header's binding file adds its own names.
#include <napi.h>

namespace trialforge::binding {
void init_batch_norm(Napi::Env env, Napi::Object exports);
void init_conv2d(Napi::Env env, Napi::Object exports);
void init_dataset(Napi::Env env, Napi::Object exports);
void init_depthwise_conv2d(Napi::Env env, Napi::Object exports);
void init_device(Napi::Env env, Napi::Object exports);
void init_device_tensor(Napi::Env env, Napi::Object exports);
void init_elementwise(Napi::Env env, Napi::Object exports);
void init_fronts(Napi::Env env, Napi::Object exports);
void init_gather(Napi::Env env, Napi::Object exports);
void init_mat_mul(Napi::Env env, Napi::Object exports);
void init_mersenne_twister(Napi::Env env, Napi::Object exports);
void init_network(Napi::Env env, Napi::Object exports);
void init_parzen(Napi::Env env, Napi::Object exports);
void init_parzen_history(Napi::Env env, Napi::Object exports);
void init_pool2d(Napi::Env env, Napi::Object exports);
void init_profile(Napi::Env env, Napi::Object exports);
void init_reduce(Napi::Env env, Napi::Object exports);
void init_resize_bilinear(Napi::Env env, Napi::Object exports);
void init_softmax(Napi::Env env, Napi::Object exports);
void init_strided_copy(Napi::Env env, Napi::Object exports);
void init_tensor(Napi::Env env, Napi::Object exports);
}  // namespace trialforge::binding

static Napi::Object init(Napi::Env env, Napi::Object exports) {
  trialforge::binding::init_batch_norm(env, exports);
  trialforge::binding::init_conv2d(env, exports);
  trialforge::binding::init_dataset(env, exports);
  trialforge::binding::init_depthwise_conv2d(env, exports);
  trialforge::binding::init_device(env, exports);
  trialforge::binding::init_device_tensor(env, exports);
  trialforge::binding::init_elementwise(env, exports);
  trialforge::binding::init_fronts(env, exports);
  trialforge::binding::init_gather(env, exports);
  trialforge::binding::init_mat_mul(env, exports);
  trialforge::binding::init_mersenne_twister(env, exports);
  trialforge::binding::init_network(env, exports);
  trialforge::binding::init_parzen(env, exports);
  trialforge::binding::init_parzen_history(env, exports);
  trialforge::binding::init_pool2d(env, exports);
  trialforge::binding::init_profile(env, exports);
  trialforge::binding::init_reduce(env, exports);
  trialforge::binding::init_resize_bilinear(env, exports);
  trialforge::binding::init_softmax(env, exports);
  trialforge::binding::init_strided_copy(env, exports);
  trialforge::binding::init_tensor(env, exports);
  return exports;
}

NODE_API_MODULE(trialforge, init)
