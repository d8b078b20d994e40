#include "cpu/thread_pool.h"

#include <string>

#include "trialforge/error.h"

namespace trialforge::cpu {
namespace {

/**
 * Waking a thread takes some 10 us and more, as long as the next call of a training step takes to
 * come: for about that time it is worth staying awake.
 */
template <typename Condition>
void spin_while(Condition condition) {
  for (int i = 0; i < 1000 && condition(); ++i) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
}

}  // namespace

ThreadPool::ThreadPool(int threads) {
  try {
    for (int worker = 1; worker < threads; ++worker) {
      workers_.emplace_back([this, worker] { work(worker); });
    }
  } catch (const std::exception& error) {
    const std::size_t started = workers_.size();
    join();
    throw Error(ErrorCode::out_of_memory, "could not start " + std::to_string(threads - 1) +
                                              " threads (" + std::to_string(started) +
                                              " started): " + error.what());
  }
}

ThreadPool::~ThreadPool() { join(); }

void ThreadPool::join() noexcept {
  stop_ = true;
  generation_.fetch_add(1);
  generation_.notify_all();
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
}

void ThreadPool::reserve(std::size_t shared_floats, std::size_t worker_floats) {
  worker_floats = (worker_floats + 15) / 16 * 16;
  if (shared_floats > shared_.size()) {
    shared_.clear();
    shared_ = Floats(shared_floats);
  }
  if (worker_floats > worker_floats_) {
    worker_floats_ = 0;
    private_.clear();
    private_ = Floats(worker_floats * static_cast<std::size_t>(threads()));
    worker_floats_ = worker_floats;
  }
}

void ThreadPool::run(std::int64_t tasks, Task task, void* context) {
  if (tasks <= 0) return;
  tasks_ = tasks;
  task_ = task;
  context_ = context;
  next_.store(0, std::memory_order_relaxed);
  if (tasks > 1 && !workers_.empty()) {
    busy_.store(static_cast<int>(workers_.size()), std::memory_order_relaxed);
    generation_.fetch_add(1, std::memory_order_release);
    generation_.notify_all();
    drain(0);
    spin_while([&] { return busy_.load(std::memory_order_acquire) != 0; });
    for (int busy = busy_.load(std::memory_order_acquire); busy != 0;
         busy = busy_.load(std::memory_order_acquire)) {
      busy_.wait(busy, std::memory_order_acquire);
    }
  } else {
    drain(0);
  }
  if (failure_) {
    const std::exception_ptr failure = failure_;
    failure_ = nullptr;
    std::rethrow_exception(failure);
  }
}

void ThreadPool::drain(int worker) noexcept {
  for (std::int64_t task = next_.fetch_add(1, std::memory_order_relaxed); task < tasks_;
       task = next_.fetch_add(1, std::memory_order_relaxed)) {
    try {
      task_(context_, task, worker);
    } catch (...) {
      const std::lock_guard lock(failure_mutex_);
      if (!failure_) failure_ = std::current_exception();
    }
  }
}

void ThreadPool::work(int worker) noexcept {
  std::uint32_t seen = 0;
  for (;;) {
    spin_while([&] { return generation_.load(std::memory_order_acquire) == seen; });
    generation_.wait(seen, std::memory_order_acquire);
    seen = generation_.load(std::memory_order_acquire);
    if (stop_) return;
    drain(worker);
    if (busy_.fetch_sub(1, std::memory_order_release) == 1) busy_.notify_one();
  }
}

}  // namespace trialforge::cpu
