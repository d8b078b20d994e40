// Threads for one Device, with scratch memory for each. One caller at a time.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

#include "cpu/floats.h"

namespace trialforge::cpu {

class ThreadPool {
 public:
  /** `threads` counts the caller, so 1 starts none. At least 1. */
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const noexcept { return static_cast<int>(workers_.size()) + 1; }

  /**
   * Calls body(task, worker) for every task in [0, tasks), worker in [0, threads()). Which worker
   * takes which task is not determined, so a task must compute the same wherever it runs. The first
   * exception is rethrown here after all tasks have ended.
   */
  template <typename Body>
  void parallel_for(std::int64_t tasks, Body&& body) {
    using Pointer = std::remove_reference_t<Body>*;
    run(
        tasks,
        [](void* context, std::int64_t task, int worker) {
          (*static_cast<Pointer>(context))(task, worker);
        },
        const_cast<void*>(static_cast<const void*>(&body)));
  }

  /** Grows the scratch memory; keeps nothing. Does nothing when it is already large enough. */
  void reserve(std::size_t shared_floats, std::size_t worker_floats);
  /** Scratch that all workers see, 64-byte aligned. */
  float* shared_scratch() const noexcept { return shared_.data(); }
  /** Scratch of one worker, 64-byte aligned. */
  float* worker_scratch(int worker) const noexcept {
    return private_.data() + static_cast<std::size_t>(worker) * worker_floats_;
  }

 private:
  using Task = void (*)(void* context, std::int64_t task, int worker);

  void run(std::int64_t tasks, Task task, void* context);
  void drain(int worker) noexcept;
  void work(int worker) noexcept;
  void join() noexcept;

  std::vector<std::thread> workers_;
  std::atomic<std::uint32_t> generation_{0};
  std::atomic<std::int64_t> next_{0};
  std::atomic<int> busy_{0};
  std::atomic<bool> stop_{false};
  std::int64_t tasks_ = 0;
  Task task_ = nullptr;
  void* context_ = nullptr;
  std::mutex failure_mutex_;
  std::exception_ptr failure_;

  Floats shared_, private_;
  std::size_t worker_floats_ = 0;
};

}  // namespace trialforge::cpu
