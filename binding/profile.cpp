#include "trialforge/profile.h"

#include "binding.h"
#include "devices.h"
#include "job.h"
#include "network_spec.h"
#include "trialforge/ceilings.h"
#include "trialforge/precision.h"
#include "trialforge/workload.h"

namespace trialforge::binding {
namespace {

constexpr int warm_up_runs = 3;

using Events = std::vector<ProfileEvent>;

Napi::Array triple(Napi::Env env, const unsigned (&values)[3]) {
  Napi::Array array = Napi::Array::New(env, 3);
  for (std::uint32_t i = 0; i < 3; ++i) array.Set(i, values[i]);
  return array;
}

Napi::Object kernel_object(Napi::Env env, const KernelLaunch& launch) {
  Napi::Object result = Napi::Object::New(env);
  result.Set("grid", triple(env, launch.grid));
  result.Set("block", triple(env, launch.block));
  result.Set("registers", launch.registers);
  result.Set("staticSharedBytes", static_cast<double>(launch.static_shared_bytes));
  result.Set("dynamicSharedBytes", static_cast<double>(launch.dynamic_shared_bytes));
  result.Set("localBytes", static_cast<double>(launch.local_bytes));
  result.Set("blocksPerMultiprocessor", launch.blocks_per_multiprocessor);
  result.Set("occupancy", launch.occupancy);
  return result;
}

Napi::Value events_array(Napi::Env env, const Events& events) {
  Napi::Array array = Napi::Array::New(env, events.size());
  for (std::uint32_t i = 0; i < events.size(); ++i) {
    const ProfileEvent& event = events[i];
    Napi::Object object = Napi::Object::New(env);
    object.Set("name", event.name);
    object.Set("depth", event.depth);
    object.Set("begin", event.begin);
    object.Set("end", event.end);
    object.Set("flops", event.flops);
    object.Set("bytes", event.bytes);
    if (event.kernel) object.Set("kernel", kernel_object(env, *event.kernel));
    array.Set(i, object);
  }
  return array;
}

void stop_if_cancelled(const Job& job) {
  if (job.cancelled()->load()) throw Error(ErrorCode::cancelled, "stopped on request");
}

/** A job whose `work` returns events. */
template <typename Work>
Napi::Value start_profile(Napi::Env env, Work work) {
  const auto events = std::make_shared<Events>();
  return Job::start(
      env, env.Undefined(), [=](Job& job) { *events = work(job); },
      [=](Napi::Env env, bool failed) -> Napi::Value {
        return failed ? env.Undefined() : events_array(env, *events);
      });
}

/** Random images and labels for one step of `network`. */
Dataset one_batch(const Device& device, const NetworkSpec& spec, int classes, int batch) {
  const std::size_t sample =
      static_cast<std::size_t>(spec.in_height) * spec.in_width * spec.in_channels;
  const std::size_t samples = static_cast<std::size_t>(batch);
  std::vector<std::uint8_t> images(samples * sample);
  std::uint32_t state = 1;
  for (std::uint8_t& pixel : images) {
    state = state * 1664525u + 1013904223u;
    pixel = static_cast<std::uint8_t>(state >> 24);
  }
  Dataset data(device, sample, std::span<const std::uint8_t>(images));
  if (spec.loss == Loss::sparse_categorical_crossentropy) {
    std::vector<std::int32_t> labels(samples);
    for (std::size_t i = 0; i < samples; ++i) labels[i] = static_cast<int>(i) % classes;
    data.set_labels(labels, classes);
  } else {
    std::vector<float> targets(samples * static_cast<std::size_t>(classes));
    for (std::size_t i = 0; i < samples; ++i) targets[i * classes + i % classes] = 1;
    data.set_targets(targets, classes);
  }
  return data;
}

/** (spec, device, threads, batchSize, steps): the events of `steps` training steps. */
Napi::Value profile_network(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const NetworkSpec spec = network_spec_from(info[0]);
    const Device device = device_of(info[1], int_of(info[2], "threads"));
    const int batch = int_of(info[3], "batchSize"), steps = int_of(info[4], "steps");
    require(steps >= 1, "steps must be 1 or more, not " + std::to_string(steps));
    const auto network = std::make_shared<Network>(device, spec);
    require(batch >= 1, "batchSize must be 1 or more, not " + std::to_string(batch));
    return start_profile(info.Env(), [=](Job& job) {
      const Dataset data = one_batch(device, spec, network->classes(), batch);
      const auto step = [&] {
        network->train_epoch(data, {.batch_size = batch, .cancelled = job.cancelled()});
      };
      for (int i = 0; i < warm_up_runs; ++i) step();
      Profiler profiler(device);
      for (int i = 0; i < steps; ++i) step();
      return profiler.finish();
    });
  });
}

/** The sizes of an operation. */
class Sizes {
 public:
  explicit Sizes(const Napi::Value& value) {
    require(value.IsObject(), "sizes must be an object");
    object_ = value.As<Napi::Object>();
  }
  int operator[](const char* name) const { return int_of(object_.Get(name), name); }
  std::size_t count(const char* name) const {
    return static_cast<std::size_t>(count_of(object_.Get(name), name));
  }
  Padding padding() const { return (*this)["samePadding"] != 0 ? Padding::same : Padding::valid; }

 private:
  Napi::Object object_;
};

Conv2dShape conv2d_shape(const Sizes& n) {
  return {.batch = n["batch"],
          .in_height = n["inHeight"],
          .in_width = n["inWidth"],
          .in_channels = n["inChannels"],
          .kernel_height = n["kernelHeight"],
          .kernel_width = n["kernelWidth"],
          .out_channels = n["filters"],
          .stride_height = n["strideHeight"],
          .stride_width = n["strideWidth"],
          .dilation_height = n["dilationHeight"],
          .dilation_width = n["dilationWidth"],
          .padding = n.padding()};
}

DepthwiseConv2dShape depthwise_conv2d_shape(const Sizes& n) {
  return {.batch = n["batch"],
          .in_height = n["inHeight"],
          .in_width = n["inWidth"],
          .in_channels = n["inChannels"],
          .kernel_height = n["kernelHeight"],
          .kernel_width = n["kernelWidth"],
          .multiplier = n["multiplier"],
          .stride_height = n["strideHeight"],
          .stride_width = n["strideWidth"],
          .dilation_height = n["dilationHeight"],
          .dilation_width = n["dilationWidth"],
          .padding = n.padding()};
}

Pool2dShape pool2d_shape(const Sizes& n) {
  return {.batch = n["batch"],
          .in_height = n["inHeight"],
          .in_width = n["inWidth"],
          .channels = n["inChannels"],
          .pool_height = n["poolHeight"],
          .pool_width = n["poolWidth"],
          .stride_height = n["strideHeight"],
          .stride_width = n["strideWidth"],
          .padding = n.padding()};
}

/** src/profile/operations.ts has the same names. */
std::vector<Workload> workloads_of(const std::string& operation, const Sizes& n,
                                   const Device& device, Precision precision) {
  constexpr Activation linear = Activation::linear;
  if (operation == "conv2d") return conv2d_workloads(device, conv2d_shape(n), linear, precision);
  if (operation == "depthwise_conv2d") {
    return depthwise_conv2d_workloads(device, depthwise_conv2d_shape(n));
  }
  if (operation == "dense") {
    return dense_workloads(device, {n["batch"], n["inFeatures"], n["units"]}, linear, precision);
  }
  if (operation == "mat_mul") {
    return mat_mul_workloads(
        device,
        {.batch_a = n["batch"], .batch_b = n["batch"], .m = n["m"], .k = n["k"], .n = n["n"]},
        precision);
  }
  if (operation == "max_pool2d") return pool2d_workloads(device, PoolKind::max, pool2d_shape(n));
  if (operation == "average_pool2d") {
    return pool2d_workloads(device, PoolKind::average, pool2d_shape(n));
  }
  if (operation == "softmax_cross_entropy") {
    return softmax_cross_entropy_workloads(device, {n["batch"], n["classes"]});
  }
  if (operation == "dropout") return dropout_workloads(device, n.count("size"));
  if (operation == "adam") return optimizer_workloads(device, {}, n.count("size"));
  return activation_workloads(device, activation_from_name(operation.c_str()), n.count("size"));
}

/** (operation, sizes, precision, device, threads, runs): the events of `runs` runs of each pass. */
Napi::Value profile_operation(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const std::string operation = string_of(info[0], "operation");
    const Precision precision = precision_from_name(string_of(info[2], "precision"));
    const Device device = device_of(info[3], int_of(info[4], "threads"));
    require(precision == Precision::float32 || device.kind() == DeviceKind::cuda,
            std::string("precision ") + precision_name(precision) +
                " needs a CUDA device; the CPU has float32 only");
    const int runs = int_of(info[5], "runs");
    require(runs >= 1, "runs must be 1 or more, not " + std::to_string(runs));
    const std::vector<Workload> workloads =
        workloads_of(operation, Sizes(info[1]), device, precision);
    return start_profile(info.Env(), [=](Job& job) {
      std::vector<std::function<void()>> bodies;
      for (const Workload& work : workloads) {
        stop_if_cancelled(job);
        bodies.push_back(work.prepare());
        for (int i = 0; i < warm_up_runs; ++i) {
          stop_if_cancelled(job);
          bodies.back()();
        }
      }
      device.synchronize();
      Profiler profiler(device);
      for (std::size_t i = 0; i < workloads.size(); ++i) {
        const std::string name = operation + " " + workloads[i].pass;
        for (int run = 0; run < runs; ++run) {
          stop_if_cancelled(job);
          const ProfileRange range(name, workloads[i].flops, workloads[i].bytes);
          bodies[i]();
        }
      }
      return profiler.finish();
    });
  });
}

/** (device, threads). */
Napi::Value ceilings_object(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Device device = device_of(info[0], int_of(info[1], "threads"));
    const auto ceilings = std::make_shared<Ceilings>();
    return Job::start(
        info.Env(), info.Env().Undefined(),
        [=](Job& job) { *ceilings = measure_ceilings(device, {.cancelled = job.cancelled()}); },
        [=](Napi::Env env, bool failed) -> Napi::Value {
          if (failed) return env.Undefined();
          Napi::Object result = Napi::Object::New(env);
          result.Set("float32FlopsPerSecond", ceilings->float32_flops);
          result.Set("tf32FlopsPerSecond", ceilings->tf32_flops);
          result.Set("bfloat16FlopsPerSecond", ceilings->bfloat16_flops);
          result.Set("copyBytesPerSecond", ceilings->copy_bytes);
          result.Set("threads", device.threads());
          return result;
        });
  });
}

}  // namespace

void init_profile(Napi::Env env, Napi::Object exports) {
  exports.Set("profileNetwork", Napi::Function::New(env, profile_network, "profileNetwork"));
  exports.Set("profileOperation", Napi::Function::New(env, profile_operation, "profileOperation"));
  exports.Set("measureCeilings", Napi::Function::New(env, ceilings_object, "measureCeilings"));
}

}  // namespace trialforge::binding
