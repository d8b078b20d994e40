// Long native work: a thread of its own, so that neither the event loop nor Node's thread pool
// waits for it, with a promise, progress events and cancellation.
#pragma once

#include <napi.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>

#include "trialforge/network.h"

namespace trialforge::binding {

/** { loss, accuracy } of each network. */
Napi::Array metrics_array(Napi::Env env, std::span<const Metrics> metrics);

class Job {
 public:
  /** Runs on the job's thread: no JavaScript value in it. */
  using Work = std::function<void(Job&)>;
  /** Runs on the JavaScript thread after the work, also after a failed one (with `failed` true);
   * returns what the promise resolves to. */
  using Finish = std::function<Napi::Value(Napi::Env, bool failed)>;

  /**
   * Starts `work` and returns { promise, cancel() }. `on_progress`, if it is a function, is called
   * as on_progress(batch, batches, metrics) with the latest progress; events that JavaScript
   * is too slow for are merged. If it throws, the work is cancelled and the promise rejects with
   * that.
   */
  static Napi::Object start(Napi::Env env, const Napi::Value& on_progress, Work work,
                            Finish finish);

  const std::atomic<bool>* cancelled() const noexcept { return cancelled_.get(); }
  bool wants_progress() const noexcept { return wants_progress_; }
  /** From the job's thread. */
  void report(const BatchProgress& progress);

 private:
  static void on_event(Napi::Env env, Napi::Function on_progress, Job* job, void*);
  using Events = Napi::TypedThreadSafeFunction<Job, void, on_event>;

  explicit Job(Napi::Env env) : deferred_(Napi::Promise::Deferred::New(env)) {}
  static void stop_at_exit(void* job);
  void run(const Work& work) noexcept;
  void finish_with(const char* code, const char* message) noexcept;
  void deliver_progress(Napi::Env env, const Napi::Function& on_progress);
  void settle(Napi::Env env);

  Napi::Promise::Deferred deferred_;
  Finish finish_;
  std::shared_ptr<std::atomic<bool>> cancelled_ = std::make_shared<std::atomic<bool>>(false);
  bool wants_progress_ = false;
  Events events_;
  std::thread thread_;
  napi_env env_ = nullptr;

  std::mutex mutex_;  // guards what follows
  BatchProgress progress_;
  bool progress_waits_ = false;
  bool done_ = false;
  std::string code_, message_;  // of the failure; empty code: none

  // JavaScript thread only.
  std::optional<Napi::Error> thrown_;  // by on_progress
  bool settled_ = false;
};

}  // namespace trialforge::binding
