#include <algorithm>
#include <optional>

#include "binding.h"
#include "devices.h"
#include "handles.h"
#include "network_spec.h"

namespace trialforge::binding {
namespace {

constexpr napi_type_tag network_tag = {0x7472'6961'6c66'6f72, 0x6e65'7477'6f72'6b01};

/** What the constructor of a NativeNetwork takes; make_networks alone calls it. */
thread_local std::optional<Network> ready_made;

Napi::Array shape_array(Napi::Env env, const std::vector<int>& shape) {
  Napi::Array result = Napi::Array::New(env, shape.size());
  for (std::uint32_t i = 0; i < shape.size(); ++i) result.Set(i, shape[i]);
  return result;
}

/** batchSize, epoch and shuffle, from argument `first` on. */
EpochOptions epoch_options(const Napi::CallbackInfo& info, std::size_t first) {
  return {.batch_size = int_of(info[first], "batchSize"),
          .epoch = count_of(info[first + 1], "epoch"),
          .shuffle = bool_of(info[first + 2], "shuffle")};
}

EpochOptions for_job(EpochOptions options, Job& job) {
  options.cancelled = job.cancelled();
  if (job.wants_progress()) {
    options.on_batch = [&job](const BatchProgress& progress) { job.report(progress); };
  }
  return options;
}

std::vector<std::vector<NetworkSpec>> spec_groups_from(const Napi::Value& value) {
  require(value.IsArray(), "groups must be an array");
  const Napi::Array given = value.As<Napi::Array>();
  std::vector<std::vector<NetworkSpec>> groups(given.Length());
  for (std::uint32_t g = 0; g < groups.size(); ++g) {
    const Napi::Value one = given.Get(g);
    require(one.IsArray(), "a group must be an array");
    const Napi::Array specs = one.As<Napi::Array>();
    for (std::uint32_t i = 0; i < specs.Length(); ++i) {
      groups[g].push_back(network_spec_from(specs.Get(i)));
    }
  }
  return groups;
}

}  // namespace

void NetworkHandle::define(Napi::Env env, Napi::Object exports) {
  const Napi::Function constructor =
      DefineClass(env, "NativeNetwork",
                  {InstanceMethod<&NetworkHandle::train_epoch>("trainEpoch"),
                   InstanceMethod<&NetworkHandle::evaluate>("evaluate"),
                   InstanceMethod<&NetworkHandle::predict>("predict"),
                   InstanceMethod<&NetworkHandle::get_weights>("getWeights"),
                   InstanceMethod<&NetworkHandle::set_weights>("setWeights"),
                   InstanceMethod<&NetworkHandle::set_learning_rate>("setLearningRate"),
                   InstanceMethod<&NetworkHandle::trim>("trim"),
                   InstanceMethod<&NetworkHandle::describe>("describe"),
                   InstanceMethod<&NetworkHandle::dispose>("dispose")});
  const auto kept = std::make_shared<Napi::FunctionReference>(Napi::Persistent(constructor));
  exports.Set("makeNetworks", Napi::Function::New(env, [kept](const Napi::CallbackInfo& info) {
                return make_networks(info, *kept);
              }));
  exports.Set("trainTogether", Napi::Function::New<&NetworkHandle::train_together>(env));
  exports.Set("evaluateTogether", Napi::Function::New<&NetworkHandle::evaluate_together>(env));
}

NetworkHandle::NetworkHandle(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NetworkHandle>(info) {
  guarded(info.Env(), [&] {
    require(ready_made.has_value(), "networks are made by makeNetworks");
    shared_ = std::make_shared<Shared>(std::move(*ready_made));
    ready_made.reset();
  });
  info.This().As<Napi::Object>().TypeTag(&network_tag);
  memory_->set(info.Env(), shared_->network.bytes());
}

/** makeNetworks(groups, device, threads, memoryLimit): NativeNetwork[][], one memory for all */
Napi::Value NetworkHandle::make_networks(const Napi::CallbackInfo& info,
                                         const Napi::FunctionReference& constructor) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const std::vector<std::vector<NetworkSpec>> groups = spec_groups_from(info[0]);
    const int threads = int_of(info[2], "threads");
    const std::size_t limit = count_of(info[3], "memoryLimit");
    const auto budget = limit == 0 ? nullptr : std::make_shared<MemoryBudget>(limit);
    Napi::Array result = Napi::Array::New(info.Env(), groups.size());
    for (std::uint32_t g = 0; g < groups.size(); ++g) {
      // Groups run side by side: each has a stream, or a pool of threads, of its own.
      const Device device = device_of(info[1], threads);
      std::vector<Network> networks = trialforge::make_networks(device, groups[g], budget);
      Napi::Array group = Napi::Array::New(info.Env(), networks.size());
      for (std::uint32_t i = 0; i < networks.size(); ++i) {
        ready_made = std::move(networks[i]);
        group.Set(i, constructor.New({}));
      }
      result.Set(g, group);
    }
    return result;
  });
}

NetworkHandle::SharedNetworks NetworkHandle::idle_networks(const Napi::Value& value) {
  require(value.IsArray(), "networks must be an array");
  const Napi::Array given = value.As<Napi::Array>();
  SharedNetworks networks;
  for (std::uint32_t i = 0; i < given.Length(); ++i) {
    const Napi::Value one = given.Get(i);
    require(one.IsObject() && one.As<Napi::Object>().CheckTypeTag(&network_tag),
            "networks must be NativeNetworks");
    networks.push_back(Unwrap(one.As<Napi::Object>())->idle());
  }
  return networks;
}

Napi::Value NetworkHandle::start_together(Napi::Env env, const Napi::Value& on_progress,
                                          const SharedNetworks& networks, TogetherWork work) {
  const auto metrics = std::make_shared<std::vector<Metrics>>();
  const Napi::Object job = Job::start(
      env, on_progress,
      [=](Job& job) {
        std::vector<Network*> pointers;
        for (const auto& shared : networks) pointers.push_back(&shared->network);
        *metrics = work(pointers, job);
      },
      [=](Napi::Env env, bool failed) -> Napi::Value {
        for (const auto& shared : networks) shared->busy = false;
        if (failed) return env.Undefined();
        return metrics_array(env, *metrics);
      });
  for (const auto& shared : networks) shared->busy = true;
  return job;
}

/** trainTogether(networks, dataset, batchSize, epoch, shuffle, onProgress): NativeJob */
Napi::Value NetworkHandle::train_together(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const SharedNetworks networks = idle_networks(info[0]);
    const auto data = DatasetHandle::from(info[1]);
    const EpochOptions options = epoch_options(info, 2);
    return start_together(info.Env(), info[5], networks,
                          [=](std::span<Network* const> together, Job& job) {
                            return trialforge::train_epoch(together, *data, for_job(options, job));
                          });
  });
}

/** evaluateTogether(networks, dataset, batchSize): NativeJob */
Napi::Value NetworkHandle::evaluate_together(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const SharedNetworks networks = idle_networks(info[0]);
    const auto data = DatasetHandle::from(info[1]);
    const int batch_size = int_of(info[2], "batchSize");
    return start_together(info.Env(), info.Env().Undefined(), networks,
                          [=](std::span<Network* const> together, Job& job) {
                            return trialforge::evaluate(together, *data, batch_size,
                                                        job.cancelled());
                          });
  });
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
    const EpochOptions given = epoch_options(info, 1);
    const auto metrics = std::make_shared<Metrics>();
    return start(
        info.Env(), info[4],
        [=](Network& network, Job& job) {
          *metrics = network.train_epoch(*data, for_job(given, job));
        },
        [=](Napi::Env env) {
          return metrics_array(env, {metrics.get(), 1}).Get(0u);
        });
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
        [=](Napi::Env env) {
          return metrics_array(env, {metrics.get(), 1}).Get(0u);
        });
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

void NetworkHandle::trim(const Napi::CallbackInfo& info) {
  // What a job still works in stays.
  if (shared_ == nullptr || shared_->busy) return;
  shared_->network.trim();
  memory_->set(info.Env(), shared_->network.bytes());
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
    result.Set("device", shared->network.device().name());
    result.Set("threads", shared->network.device().threads());
    result.Set("bytes", static_cast<double>(shared->network.bytes()));
    result.Set("iterations", static_cast<double>(shared->network.iterations()));
    return result;
  });
}

void init_network(Napi::Env env, Napi::Object exports) { NetworkHandle::define(env, exports); }

}  // namespace trialforge::binding
