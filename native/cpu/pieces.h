// The independent pieces of one piece of work: in turn on the worker that has it, or, where there
// is too little other work to go around, over the pool.
#pragma once

#include <cstdint>

#include "cpu/thread_pool.h"

namespace trialforge::cpu {

class Pieces {
 public:
  static Pieces in_turn() { return Pieces(nullptr); }
  static Pieces over(ThreadPool& pool) { return Pieces(&pool); }

  /** Into how many pieces to cut what could be cut into `most`. */
  int count(int most) const noexcept { return pool_ == nullptr ? 1 : most; }

  /** body(piece) for every piece in [0, n), each the same wherever and whenever it runs. */
  template <typename Body>
  void each(std::int64_t n, Body&& body) const {
    if (pool_ != nullptr) {
      pool_->parallel_for(n, [&body](std::int64_t piece, int) { body(piece); });
    } else {
      for (std::int64_t piece = 0; piece < n; ++piece) body(piece);
    }
  }

 private:
  explicit Pieces(ThreadPool* pool) : pool_(pool) {}
  ThreadPool* pool_;
};

}  // namespace trialforge::cpu
