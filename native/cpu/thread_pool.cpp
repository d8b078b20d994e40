#include "cpu/thread_pool.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <string>

#include "trialforge/error.h"

namespace trialforge::cpu {

float* allocate_floats(std::size_t count) {
  constexpr std::size_t most = std::numeric_limits<std::ptrdiff_t>::max() / sizeof(float);
  const std::size_t bytes = (std::min(count, most) * sizeof(float) + 63) / 64 * 64;
  void* memory = std::aligned_alloc(64, bytes == 0 ? 64 : bytes);
  if (memory == nullptr) {
    throw Error(ErrorCode::out_of_memory,
                "out of host memory: " + std::to_string(bytes) + " bytes asked for");
  }
  return static_cast<float*>(memory);
}

void ThreadPool::Free::operator()(float* memory) const noexcept { std::free(memory); }

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
  if (shared_floats > shared_floats_) {
    shared_.reset(allocate_floats(shared_floats));
    shared_floats_ = shared_floats;
  }
  if (worker_floats > worker_floats_) {
    private_.reset(allocate_floats(worker_floats * static_cast<std::size_t>(threads())));
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
    generation_.wait(seen, std::memory_order_acquire);
    seen = generation_.load(std::memory_order_acquire);
    if (stop_) return;
    drain(worker);
    if (busy_.fetch_sub(1, std::memory_order_release) == 1) busy_.notify_one();
  }
}

}  // namespace trialforge::cpu
