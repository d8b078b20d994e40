#include "trialforge/fronts.h"

#include <memory>
#include <vector>

#include "binding.h"
#include "job.h"
#include "turn.h"

namespace trialforge::binding {
namespace {

/** Fronts. While a job finds the best on a thread, other calls wait for it. */
class FrontsHandle : public Napi::ObjectWrap<FrontsHandle> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "NativeFronts",
        {InstanceMethod<&FrontsHandle::add>("add"), InstanceMethod<&FrontsHandle::best>("best"),
         InstanceMethod<&FrontsHandle::best_later>("bestLater"),
         InstanceMethod<&FrontsHandle::cost>("cost")});
  }

  /** (nObjectives) */
  explicit FrontsHandle(const Napi::CallbackInfo& info) : Napi::ObjectWrap<FrontsHandle>(info) {
    guarded(info.Env(), [&] {
      shared_ = std::make_shared<Shared<Fronts>>(Fronts(count_of(info[0], "nObjectives")));
    });
  }

 private:
  void add(const Napi::CallbackInfo& info) {
    guarded(info.Env(), [&] {
      // What was checked must not change, even if the memory is shared.
      const auto numbers = copy_of<double>(info[0], "numbers");
      const auto losses = copy_of<double>(info[1], "losses");
      Turn(shared_).object().add(numbers, losses);
    });
  }

  void best(const Napi::CallbackInfo& info) {
    guarded(info.Env(), [&] {
      const auto out = span_of<std::int32_t>(info[0], "out");
      Turn(shared_).object().best(out);
    });
  }

  /** (n): a job after which best with as many takes no time. */
  Napi::Value best_later(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      const std::size_t n = count_of(info[0], "n");
      auto turn = std::make_shared<Turn<Fronts>>(shared_);
      return Job::start(
          info.Env(), info.Env().Undefined(),
          [n, turn = std::move(turn)](Job&) mutable {
            // Ends with the work, whenever the job is let go of.
            const auto own = std::move(turn);
            Fronts& fronts = own->object();
            require(n <= fronts.size(), "there are less than n rows");
            std::vector<std::int32_t> out(n);
            fronts.best(out);
          },
          [](Napi::Env env, bool) -> Napi::Value { return env.Undefined(); });
    });
  }

  Napi::Value cost(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      const double cost = Turn(shared_).object().cost(count_of(info[0], "n"));
      return Napi::Number::New(info.Env(), cost);
    });
  }

  std::shared_ptr<Shared<Fronts>> shared_;
};

}  // namespace

void init_fronts(Napi::Env env, Napi::Object exports) {
  exports.Set("NativeFronts", FrontsHandle::define(env));
}

}  // namespace trialforge::binding
