// Objects that calls of JavaScript and jobs on threads of their own work on, one at a time.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace trialforge::binding {

/** An object that one call at a time works on, in the order of the calls. */
template <typename T>
struct Shared {
  explicit Shared(T made) : object(std::move(made)) {}

  std::mutex mutex;  // guards the counts
  std::condition_variable freed;
  std::uint64_t taken = 0, ended = 0;
  T object;
};

/** A place in the order of the calls. May wait for its turn, and end, on another thread. */
template <typename T>
class Turn {
 public:
  explicit Turn(std::shared_ptr<Shared<T>> shared) : shared_(std::move(shared)) {
    const std::lock_guard lock(shared_->mutex);
    place_ = shared_->taken++;
  }
  ~Turn() {
    {
      std::unique_lock lock(shared_->mutex);
      wait(lock);
      ++shared_->ended;
    }
    shared_->freed.notify_all();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  /** Waits for the calls before. */
  T& object() {
    std::unique_lock lock(shared_->mutex);
    wait(lock);
    return shared_->object;
  }

 private:
  void wait(std::unique_lock<std::mutex>& lock) {
    shared_->freed.wait(lock, [&] { return shared_->ended == place_; });
  }

  std::shared_ptr<Shared<T>> shared_;
  std::uint64_t place_;
};

}  // namespace trialforge::binding
