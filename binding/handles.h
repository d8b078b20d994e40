// The objects that JavaScript holds: a dataset and a network, each shared with the jobs that use
// it.
#pragma once

#include <napi.h>

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "job.h"
#include "trialforge/dataset.h"
#include "trialforge/network.h"

namespace trialforge::binding {

/** Tells V8 how much native memory a JavaScript object keeps alive. */
class ReportedMemory {
 public:
  void set(Napi::BasicEnv env, std::size_t bytes) {
    const auto change = static_cast<std::int64_t>(bytes) - reported_;
    if (change == 0 || released_) return;
    Napi::MemoryManagement::AdjustExternalMemory(env, change);
    reported_ += change;
  }
  /** The object lets go. What a job that still runs sets later does not count. */
  void release(Napi::BasicEnv env) {
    set(env, 0);
    released_ = true;
  }

 private:
  std::int64_t reported_ = 0;
  bool released_ = false;
};

class DatasetHandle : public Napi::ObjectWrap<DatasetHandle> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit DatasetHandle(const Napi::CallbackInfo& info);
  void Finalize(Napi::BasicEnv env) override;

  /** The dataset in `value`; Error if it is none, or disposed. */
  static std::shared_ptr<const Dataset> from(const Napi::Value& value);

 private:
  void dispose(const Napi::CallbackInfo& info);
  std::shared_ptr<const Dataset> dataset_;
  ReportedMemory memory_;
};

class NetworkHandle : public Napi::ObjectWrap<NetworkHandle> {
 public:
  /** Adds the functions that make and train NativeNetworks. */
  static void define(Napi::Env env, Napi::Object exports);
  explicit NetworkHandle(const Napi::CallbackInfo& info);
  void Finalize(Napi::BasicEnv env) override;

 private:
  /** A network, and whether a job has it. */
  struct Shared {
    Network network;
    bool busy = false;  // JavaScript thread only
  };
  using SharedNetworks = std::vector<std::shared_ptr<Shared>>;
  /** Runs on the job's thread. */
  using Work = std::function<void(Network&, Job&)>;
  using TogetherWork = std::function<std::vector<Metrics>(std::span<Network* const>, Job&)>;
  /** What the promise resolves to, after the work. */
  using Result = std::function<Napi::Value(Napi::Env)>;

  static Napi::Value make_networks(const Napi::CallbackInfo& info,
                                   const Napi::FunctionReference& constructor);
  static Napi::Value train_together(const Napi::CallbackInfo& info);
  static Napi::Value evaluate_together(const Napi::CallbackInfo& info);

  Napi::Value train_epoch(const Napi::CallbackInfo& info);
  Napi::Value evaluate(const Napi::CallbackInfo& info);
  Napi::Value predict(const Napi::CallbackInfo& info);
  Napi::Value get_weights(const Napi::CallbackInfo& info);
  void set_weights(const Napi::CallbackInfo& info);
  void set_learning_rate(const Napi::CallbackInfo& info);
  void trim(const Napi::CallbackInfo& info);
  Napi::Value describe(const Napi::CallbackInfo& info);
  void dispose(const Napi::CallbackInfo& info);

  /** The network. Error if it is disposed, or a job has it. */
  std::shared_ptr<Shared> idle() const;
  /** Those in an array. Error if one is not idle. */
  static SharedNetworks idle_networks(const Napi::Value& value);
  /** Job::start for this network, which is busy until the work has ended. */
  Napi::Value start(Napi::Env env, const Napi::Value& on_progress, Work work, Result result);
  /** Job::start for all of `networks`. */
  static Napi::Value start_together(Napi::Env env, const Napi::Value& on_progress,
                                    const SharedNetworks& networks, TogetherWork work);

  std::shared_ptr<Shared> shared_;
  std::shared_ptr<ReportedMemory> memory_ = std::make_shared<ReportedMemory>();
};

}  // namespace trialforge::binding
