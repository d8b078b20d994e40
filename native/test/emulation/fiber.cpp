// The checked longjmp takes a jump to another stack for an error.
#undef _FORTIFY_SOURCE

#include "fiber.h"

#include <sys/mman.h>
#include <unistd.h>

#include <new>
#include <utility>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#define TRIALFORGE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TRIALFORGE_ASAN 1
#endif
#endif
#if defined(TRIALFORGE_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace trialforge::emulation {
namespace {

/** Room for frames that AddressSanitizer makes several times as large. */
constexpr std::size_t stack_bytes = 256 * 1024;

Fiber* running = nullptr;
Context resumer;
// The resumer's stack, as AddressSanitizer tells it.
const void* resumer_stack = nullptr;
std::size_t resumer_stack_bytes = 0;

/** Stacks not in use; kept until the process ends, because a grid needs the same ones block by
 * block. Never destroyed: a thread may still run a kernel when the process ends. */
std::vector<std::byte*>& idle_stacks() {
  static auto& stacks = *new std::vector<std::byte*>;
  return stacks;
}

std::byte* take_stack() {
  if (!idle_stacks().empty()) {
    std::byte* const stack = idle_stacks().back();
    idle_stacks().pop_back();
    return stack;
  }
  const std::size_t guard = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* const memory = mmap(nullptr, guard + stack_bytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  // Below the stack, so that an overflow faults instead of damaging the next stack.
  mprotect(memory, guard, PROT_NONE);
  return static_cast<std::byte*>(memory) + guard;
}

void switch_context(Context& from, Context& to) {
#if defined(TRIALFORGE_ASAN)
  // It would take a jump for the end of every frame on the stack, and stop watching them.
  swapcontext(&from.start, &to.start);
#else
  // swapcontext asks the kernel to change the signal mask, which takes most of the time.
  from.was_left = true;
  if (_setjmp(from.left) != 0) return;
  if (to.was_left) _longjmp(to.left, 1);
  setcontext(&to.start);
#endif
}

// AddressSanitizer has to be told of every change of stack.

void leave_for([[maybe_unused]] void** own_save, [[maybe_unused]] const void* stack,
               [[maybe_unused]] std::size_t bytes) {
#if defined(TRIALFORGE_ASAN)
  __sanitizer_start_switch_fiber(own_save, stack, bytes);
#endif
}

void arrived([[maybe_unused]] void* own_save, [[maybe_unused]] const void** from_stack,
             [[maybe_unused]] std::size_t* from_bytes) {
#if defined(TRIALFORGE_ASAN)
  __sanitizer_finish_switch_fiber(own_save, from_stack, from_bytes);
#endif
}

}  // namespace

Fiber::Fiber(std::function<void()> body) : body_(std::move(body)), stack_(take_stack()) {
  getcontext(&context_.start);
  context_.start.uc_stack.ss_sp = stack_;
  context_.start.uc_stack.ss_size = stack_bytes;
  context_.start.uc_link = nullptr;
  makecontext(&context_.start, &Fiber::enter, 0);
}

Fiber::~Fiber() {
#if defined(TRIALFORGE_ASAN)
  // The frames of a fiber that is given up in the middle never left.
  if (!is_finished_) __asan_unpoison_memory_region(stack_, stack_bytes);
#endif
  idle_stacks().push_back(stack_);
}

void Fiber::enter() {
  arrived(nullptr, &resumer_stack, &resumer_stack_bytes);
  running->body_();
  running->is_finished_ = true;
  leave_for(nullptr, resumer_stack, resumer_stack_bytes);
  switch_context(running->context_, resumer);
}

void Fiber::resume() {
  running = this;
  void* save = nullptr;
  leave_for(&save, stack_, stack_bytes);
  switch_context(resumer, context_);
  arrived(save, nullptr, nullptr);
  running = nullptr;
}

void Fiber::suspend() {
  Fiber* const self = running;
  leave_for(&self->sanitizer_stack_, resumer_stack, resumer_stack_bytes);
  switch_context(self->context_, resumer);
  arrived(self->sanitizer_stack_, &resumer_stack, &resumer_stack_bytes);
}

}  // namespace trialforge::emulation
