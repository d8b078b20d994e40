#include "job.h"

#include "binding.h"

namespace trialforge::binding {

Napi::Array metrics_array(Napi::Env env, std::span<const Metrics> metrics) {
  Napi::Array result = Napi::Array::New(env, metrics.size());
  for (std::uint32_t i = 0; i < metrics.size(); ++i) {
    Napi::Object one = Napi::Object::New(env);
    one.Set("loss", metrics[i].loss);
    one.Set("accuracy", metrics[i].accuracy);
    result.Set(i, one);
  }
  return result;
}

Napi::Object Job::start(Napi::Env env, const Napi::Value& on_progress, Work work, Finish finish) {
  // The finalizer of the event queue deletes it, on the JavaScript thread, after the last event.
  Job* const job = new Job(env);
  job->env_ = env;
  job->finish_ = std::move(finish);
  job->wants_progress_ = on_progress.IsFunction();
  const Napi::Function callback =
      job->wants_progress_ ? on_progress.As<Napi::Function>() : Napi::Function();
  job->events_ = Events::New(
      env, callback, "trialforge job", 0, 1, job,
      [](Napi::Env, void*, Job* finished) { delete finished; }, static_cast<void*>(nullptr));
  napi_add_env_cleanup_hook(env, stop_at_exit, job);

  Napi::Object result = Napi::Object::New(env);
  result.Set("promise", job->deferred_.Promise());
  result.Set("cancel",
             Napi::Function::New(env, [cancelled = job->cancelled_](const Napi::CallbackInfo&) {
               cancelled->store(true);
             }));
  try {
    job->thread_ = std::thread([job, work = std::move(work)] { job->run(work); });
  } catch (const std::exception& error) {
    const std::string message = std::string("could not start a thread: ") + error.what();
    job->finish_with(error_code_name(ErrorCode::out_of_memory), message.c_str());
  }
  return result;
}

void Job::run(const Work& work) noexcept {
  try {
    work(*this);
    finish_with("", "");
  } catch (const Error& error) {
    finish_with(error_code_name(error.code()), error.what());
  } catch (const std::bad_alloc&) {
    finish_with(error_code_name(ErrorCode::out_of_memory), "out of host memory");
  } catch (const std::exception& error) {
    finish_with("ERR_INTERNAL", error.what());
  }
}

void Job::finish_with(const char* code, const char* message) noexcept {
  {
    const std::lock_guard lock(mutex_);
    code_ = code;
    message_ = message;
    done_ = true;
  }
  events_.BlockingCall();
}

void Job::report(const BatchProgress& progress) {
  const std::lock_guard lock(mutex_);
  progress_ = progress;
  if (progress_waits_) return;
  progress_waits_ = true;
  events_.NonBlockingCall();
}

/** The environment ends, with the process or with a worker thread: the work must not outlive it. */
void Job::stop_at_exit(void* data) {
  Job* const job = static_cast<Job*>(data);
  job->cancelled_->store(true);
  if (job->thread_.joinable()) job->thread_.join();
}

void Job::on_event(Napi::Env env, Napi::Function on_progress, Job* job, void*) {
  if (static_cast<napi_env>(env) == nullptr) return;  // the environment is going down
  bool done;
  {
    const std::lock_guard lock(job->mutex_);
    done = job->done_;
  }
  job->deliver_progress(env, on_progress);
  if (done && !job->settled_) job->settle(env);
}

void Job::deliver_progress(Napi::Env env, const Napi::Function& on_progress) {
  BatchProgress latest;
  {
    const std::lock_guard lock(mutex_);
    if (!progress_waits_) return;
    progress_waits_ = false;
    latest = progress_;
  }
  if (!wants_progress_ || thrown_ || cancelled_->load()) return;
  try {
    on_progress.Call({Napi::Number::New(env, static_cast<double>(latest.batch)),
                      Napi::Number::New(env, static_cast<double>(latest.batches)),
                      metrics_array(env, latest.metrics)});
  } catch (const Napi::Error& error) {
    thrown_ = error;
    cancelled_->store(true);
  }
}

void Job::settle(Napi::Env env) {
  settled_ = true;
  if (thread_.joinable()) thread_.join();
  napi_remove_env_cleanup_hook(env_, stop_at_exit, this);
  const bool failed = !code_.empty() || thrown_;
  try {
    const Napi::Value result = guarded(env, [&] { return finish_(env, failed); });
    if (thrown_) {
      deferred_.Reject(thrown_->Value());
    } else if (failed) {
      deferred_.Reject(to_js_error(env, code_.c_str(), message_).Value());
    } else {
      deferred_.Resolve(result);
    }
  } catch (const Napi::Error& error) {
    deferred_.Reject(error.Value());
  }
  events_.Release();
}

}  // namespace trialforge::binding
