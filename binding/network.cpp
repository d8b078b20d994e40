#include <algorithm>

#include "binding.h"
#include "handles.h"
#include "network_spec.h"

namespace trialforge::binding {
namespace {

Napi::Value metrics_object(Napi::Env env, const Metrics& metrics) {
  Napi::Object result = Napi::Object::New(env);
  result.Set("loss", metrics.loss);
  result.Set("accuracy", metrics.accuracy);
  return result;
}

Napi::Array shape_array(Napi::Env env, const std::vector<int>& shape) {
  Napi::Array result = Napi::Array::New(env, shape.size());
  for (std::uint32_t i = 0; i < shape.size(); ++i) result.Set(i, shape[i]);
  return result;
}

}  // namespace

Napi::Function NetworkHandle::define(Napi::Env env) {
  return DefineClass(env, "NativeNetwork",
                     {InstanceMethod<&NetworkHandle::train_epoch>("trainEpoch"),
                      InstanceMethod<&NetworkHandle::evaluate>("evaluate"),
                      InstanceMethod<&NetworkHandle::predict>("predict"),
                      InstanceMethod<&NetworkHandle::get_weights>("getWeights"),
                      InstanceMethod<&NetworkHandle::set_weights>("setWeights"),
                      InstanceMethod<&NetworkHandle::set_learning_rate>("setLearningRate"),
                      InstanceMethod<&NetworkHandle::describe>("describe"),
                      InstanceMethod<&NetworkHandle::dispose>("dispose")});
}

NetworkHandle::NetworkHandle(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NetworkHandle>(info) {
  guarded(info.Env(), [&] {
    const NetworkSpec spec = network_spec_from(info[0]);
    const Device device = Device::cpu(int_of(info[1], "threads"));
    shared_ = std::make_shared<Shared>(Network(device, spec));
  });
  memory_->set(info.Env(), shared_->network.bytes());
}

void NetworkHandle::Finalize(Napi::BasicEnv env) { memory_->release(env); }

void NetworkHandle::dispose(const Napi::CallbackInfo& info) {
  shared_.reset();
  memory_->release(info.Env());
}

std::shared_ptr<NetworkHandle::Shared> NetworkHandle::idle() const {
  require(shared_ != nullptr, "the network has been disposed");
  require(!shared_->busy, "the network is busy");
  return shared_;
}

Napi::Value NetworkHandle::start(Napi::Env env, const Napi::Value& on_progress, Work work,
                                 Result result) {
  const auto shared = idle();
  const Napi::Object job = Job::start(
      env, on_progress, [=](Job& job) { work(shared->network, job); },
      [=, memory = memory_](Napi::Env env, bool failed) {
        shared->busy = false;
        memory->set(env, shared->network.bytes());
        return failed ? env.Undefined() : result(env);
      });
  shared->busy = true;
  return job;
}

Napi::Value NetworkHandle::train_epoch(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto data = DatasetHandle::from(info[0]);
    const EpochOptions given{.batch_size = int_of(info[1], "batchSize"),
                             .epoch = count_of(info[2], "epoch"),
                             .shuffle = bool_of(info[3], "shuffle")};
    const auto metrics = std::make_shared<Metrics>();
    return start(
        info.Env(), info[4],
        [=](Network& network, Job& job) {
          EpochOptions options = given;
          options.cancelled = job.cancelled();
          if (job.wants_progress()) {
            options.on_batch = [&job](const BatchProgress& progress) { job.report(progress); };
          }
          *metrics = network.train_epoch(*data, options);
        },
        [=](Napi::Env env) { return metrics_object(env, *metrics); });
  });
}

Napi::Value NetworkHandle::evaluate(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto data = DatasetHandle::from(info[0]);
    const int batch_size = int_of(info[1], "batchSize");
    const auto metrics = std::make_shared<Metrics>();
    return start(
        info.Env(), info.Env().Undefined(),
        [=](Network& network, Job& job) {
          *metrics = network.evaluate(*data, batch_size, job.cancelled());
        },
        [=](Napi::Env env) { return metrics_object(env, *metrics); });
  });
}

Napi::Value NetworkHandle::predict(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto data = DatasetHandle::from(info[0]);
    const int batch_size = int_of(info[1], "batchSize");
    const auto probabilities = std::make_shared<std::vector<float>>();
    return start(
        info.Env(), info.Env().Undefined(),
        [=](Network& network, Job& job) {
          probabilities->resize(data->size() * static_cast<std::size_t>(network.classes()));
          network.predict(*data, batch_size, *probabilities, job.cancelled());
        },
        [=](Napi::Env env) -> Napi::Value {
          Napi::Float32Array array = new_floats(env, probabilities->size());
          std::ranges::copy(*probabilities, array.Data());
          return array;
        });
  });
}

Napi::Value NetworkHandle::get_weights(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto shared = idle();
    Napi::Float32Array array = new_floats(info.Env(), shared->network.parameter_count());
    shared->network.get_weights({array.Data(), array.ElementLength()});
    return array;
  });
}

void NetworkHandle::set_weights(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] { idle()->network.set_weights(span_of<float>(info[0], "weights")); });
}

void NetworkHandle::set_learning_rate(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const double learning_rate = number_of(info[0], "learningRate");
    idle()->network.set_learning_rate(static_cast<float>(learning_rate));
  });
}

Napi::Value NetworkHandle::describe(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto shared = idle();
    const Napi::Env env = info.Env();
    Napi::Object result = Napi::Object::New(env);
    Napi::Array layers = Napi::Array::New(env);
    for (const LayerInfo& layer : shared->network.layers()) {
      Napi::Object object = Napi::Object::New(env);
      object.Set("type", layer.name);
      object.Set("outputShape", shape_array(env, layer.output_shape));
      object.Set("parameters", static_cast<double>(layer.parameters));
      object.Set("forwardFlops", layer.forward_flops);
      layers.Set(layers.Length(), object);
    }
    Napi::Array parameters = Napi::Array::New(env);
    for (const ParameterInfo& parameter : shared->network.parameters()) {
      Napi::Object object = Napi::Object::New(env);
      object.Set("layer", parameter.layer);
      object.Set("name", parameter.name);
      object.Set("shape", shape_array(env, parameter.shape));
      object.Set("offset", static_cast<double>(parameter.offset));
      object.Set("size", static_cast<double>(parameter.size));
      parameters.Set(parameters.Length(), object);
    }
    result.Set("layers", layers);
    result.Set("parameters", parameters);
    result.Set("classes", shared->network.classes());
    result.Set("threads", shared->network.device().threads());
    result.Set("bytes", static_cast<double>(shared->network.bytes()));
    result.Set("iterations", static_cast<double>(shared->network.iterations()));
    return result;
  });
}

void init_network(Napi::Env env, Napi::Object exports) {
  exports.Set("NativeNetwork", NetworkHandle::define(env));
}

}  // namespace trialforge::binding
