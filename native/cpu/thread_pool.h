#pragma once

namespace trialforge::cpu {

/** The threads of a CPU device, the caller's included. */
class ThreadPool {
 public:
  explicit ThreadPool(int threads) : threads_(threads) {}
  int threads() const noexcept { return threads_; }

 private:
  int threads_;
};

}  // namespace trialforge::cpu
