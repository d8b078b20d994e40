// Functions that can stop in the middle and go on later, all on one thread of the host.
#pragma once

#include <setjmp.h>
#include <ucontext.h>

#include <cstddef>
#include <functional>

namespace trialforge::emulation {

/** A place to go on from: a new stack at first, then where it was left. */
struct Context {
  ucontext_t start;
  jmp_buf left;
  bool was_left = false;
};

/** One such function. All fibers are used by one host thread at a time. */
class Fiber {
 public:
  /** `body` must not throw. */
  explicit Fiber(std::function<void()> body);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /** Runs the body until it suspends or ends. Not from within a fiber. */
  void resume();
  bool is_finished() const noexcept { return is_finished_; }

  /** Goes back to where the running fiber was resumed. */
  static void suspend();

 private:
  static void enter();
  std::function<void()> body_;
  Context context_;
  std::byte* stack_ = nullptr;
  void* sanitizer_stack_ = nullptr;
  bool is_finished_ = false;
};

}  // namespace trialforge::emulation
