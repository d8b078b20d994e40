#include "trialforge/parzen_history.h"

#include <memory>
#include <utility>
#include <vector>

#include "binding.h"
#include "job.h"
#include "turn.h"

namespace trialforge::binding {
namespace {

/** Copies of update's arguments: what was checked must not change, even if the memory is shared. */
struct Changes {
  std::vector<double> numbers;
  std::vector<std::int32_t> sides;
  std::vector<double> rows;

  explicit Changes(const Napi::CallbackInfo& info)
      : numbers(copy_of<double>(info[0], "numbers")),
        sides(copy_of<std::int32_t>(info[1], "sides")),
        rows(copy_of<double>(info[2], "rows")) {}

  void run(ParzenHistory& history) const { history.update(numbers, sides, rows); }
  Napi::Value result(Napi::Env env) const { return env.Undefined(); }
};

/** Copies of choose's arguments, and what it chooses. */
struct Choice {
  std::vector<double> uniforms, below, log_below, log_above, out;
  std::size_t n_candidates;

  explicit Choice(const Napi::CallbackInfo& info)
      : uniforms(copy_of<double>(info[0], "uniforms")),
        below(copy_of<double>(info[1], "below")),
        log_below(copy_of<double>(info[2], "logBelow")),
        log_above(copy_of<double>(info[3], "logAbove")),
        out(span_of<double>(info[5], "out").size()),
        n_candidates(count_of(info[4], "nCandidates")) {}

  void run(ParzenHistory& history) {
    history.choose(uniforms, below, log_below, log_above, n_candidates, out);
  }
  Napi::Value result(Napi::Env env) const {
    const Napi::Value array = new_array<double>(env, out.size());
    std::copy(out.begin(), out.end(), span_of<double>(array, "out").begin());
    return array;
  }
};

/** A ParzenHistory. Calls on threads of their own follow each other; all others wait for them. */
class ParzenHistoryHandle : public Napi::ObjectWrap<ParzenHistoryHandle> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "NativeParzenHistory",
                       {InstanceMethod<&ParzenHistoryHandle::update>("update"),
                        InstanceMethod<&ParzenHistoryHandle::later<Changes>>("updateLater"),
                        InstanceMethod<&ParzenHistoryHandle::log_pdf>("logPdf"),
                        InstanceMethod<&ParzenHistoryHandle::sample>("sample"),
                        InstanceMethod<&ParzenHistoryHandle::best>("best"),
                        InstanceMethod<&ParzenHistoryHandle::choose>("choose"),
                        InstanceMethod<&ParzenHistoryHandle::later<Choice>>("chooseLater")});
  }

  /** (dimensions [d, 5]: nChoices, low, high, step, log; priorWeight, magicClip, endpoints) */
  explicit ParzenHistoryHandle(const Napi::CallbackInfo& info)
      : Napi::ObjectWrap<ParzenHistoryHandle>(info) {
    guarded(info.Env(), [&] {
      constexpr std::size_t fields = 5;
      const auto numbers = span_of<double>(info[0], "dimensions");
      require(numbers.size() % fields == 0, "dimensions must have rows of 5 numbers");
      std::vector<ParzenDimension> dimensions;
      for (std::size_t i = 0; i < numbers.size(); i += fields) {
        const double n_choices = numbers[i];
        require(n_choices >= 0 && n_choices < 2147483648.0 && n_choices == std::floor(n_choices),
                "nChoices must be an integer in 0..2^31 - 1, not " + std::to_string(n_choices));
        dimensions.push_back({static_cast<std::size_t>(n_choices), numbers[i + 1], numbers[i + 2],
                              numbers[i + 3], numbers[i + 4] != 0});
      }
      const ParzenHistoryOptions options{number_of(info[1], "priorWeight"),
                                         bool_of(info[2], "magicClip"),
                                         bool_of(info[3], "endpoints")};
      shared_ = std::make_shared<Shared<ParzenHistory>>(ParzenHistory(dimensions, options));
    });
  }

 private:
  void update(const Napi::CallbackInfo& info) {
    guarded(info.Env(), [&] { Changes(info).run(Turn(shared_).object()); });
  }

  void log_pdf(const Napi::CallbackInfo& info) {
    guarded(info.Env(), [&] {
      const int side = int_of(info[0], "side");
      require(side == 1 || side == 2, "side must be 1 or 2, not " + std::to_string(side));
      const auto log_weights = copy_of<double>(info[1], "logWeights"),
                 points = copy_of<double>(info[2], "points");
      const auto out = span_of<double>(info[3], "out");
      Turn(shared_).object().log_pdf(static_cast<ParzenSide>(side), log_weights, points, out);
    });
  }

  void sample(const Napi::CallbackInfo& info) {
    guarded(info.Env(), [&] {
      const auto uniforms = copy_of<double>(info[0], "uniforms"),
                 below = copy_of<double>(info[1], "below");
      Turn(shared_).object().sample(uniforms, below, span_of<double>(info[2], "points"));
    });
  }

  Napi::Value best(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      const auto points = copy_of<double>(info[0], "points"),
                 log_below = copy_of<double>(info[1], "logBelow"),
                 log_above = copy_of<double>(info[2], "logAbove");
      const std::size_t i = Turn(shared_).object().best(points, log_below, log_above);
      return Napi::Number::New(info.Env(), static_cast<double>(i));
    });
  }

  void choose(const Napi::CallbackInfo& info) {
    guarded(info.Env(), [&] {
      Choice choice(info);
      choice.run(Turn(shared_).object());
      const auto out = span_of<double>(info[5], "out");
      std::copy(choice.out.begin(), choice.out.end(), out.begin());
    });
  }

  /** A job that does a call; its promise resolves to the result. */
  template <typename Call>
  Napi::Value later(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      const auto call = std::make_shared<Call>(info);
      auto turn = std::make_shared<Turn<ParzenHistory>>(shared_);
      return Job::start(
          info.Env(), info.Env().Undefined(),
          [call, turn = std::move(turn)](Job&) mutable {
            // Ends with the work, whenever the job is let go of.
            const auto own = std::move(turn);
            call->run(own->object());
          },
          [call](Napi::Env env, bool) { return call->result(env); });
    });
  }

  std::shared_ptr<Shared<ParzenHistory>> shared_;
};

}  // namespace

void init_parzen_history(Napi::Env env, Napi::Object exports) {
  exports.Set("NativeParzenHistory", ParzenHistoryHandle::define(env));
}

}  // namespace trialforge::binding
