#include "grid.h"

#include <algorithm>
#include <exception>
#include <map>
#include <memory>
#include <numeric>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fiber.h"

namespace trialforge::emulation {
namespace {

using Complete = std::function<void(unsigned, void* const*)>;
constexpr std::size_t warp_lanes = warpSize;

struct Thread {
  enum class State { ready, at_barrier, in_warp_operation, returned };
  State state = State::ready;
  uint3 index{};
  std::unique_ptr<Fiber> fiber;  // from the first turn to the return
  // What it waits in.
  const char* name = nullptr;
  Site site{};
  unsigned mask = 0;
  void* lane = nullptr;
  const Complete* complete = nullptr;
  std::any kept;
};

bool same_text(const char* a, const char* b) { return a == b || std::string_view(a) == b; }

bool same_place(const Thread& a, const Thread& b) {
  return a.site.line == b.site.line && same_text(a.name, b.name) &&
         same_text(a.site.file, b.site.file);
}

std::string place(const char* name, Site site) {
  const std::string_view path = site.file;
  return std::string(name) + " (" + std::string(path.substr(path.find_last_of('/') + 1)) + ":" +
         std::to_string(site.line) + ")";
}

std::string text(uint3 index) {
  return "(" + std::to_string(index.x) + ", " + std::to_string(index.y) + ", " +
         std::to_string(index.z) + ")";
}

std::vector<std::size_t> turns(std::size_t n, const Order& order, std::uint64_t number) {
  std::vector<std::size_t> result(n);
  std::iota(result.begin(), result.end(), std::size_t{0});
  if (order.kind == Order::Kind::reverse) std::reverse(result.begin(), result.end());
  if (order.kind == Order::Kind::shuffled) {
    std::mt19937_64 random(order.seed + number * 0x9E3779B97F4A7C15u);
    for (std::size_t i = n; i > 1; --i) std::swap(result[i - 1], result[random() % i]);
  }
  return result;
}

/** One block, from its first thread's start to its last thread's return. */
class Block {
 public:
  Block(dim3 size, std::size_t dynamic_shared_bytes, const std::function<void()>& kernel,
        const Order& order, std::uint64_t number)
      : kernel_(kernel),
        threads_(std::size_t{size.x} * size.y * size.z),
        turns_(turns(threads_.size(), order, number)),
        shared_(dynamic_shared_bytes, order.fresh_memory) {
    std::size_t i = 0;
    for (unsigned z = 0; z < size.z; ++z) {
      for (unsigned y = 0; y < size.y; ++y) {
        for (unsigned x = 0; x < size.x; ++x) threads_[i++].index = {x, y, z};
      }
    }
  }

  void run() {
    for (std::size_t returned = 0; returned < threads_.size();) {
      bool moved = false;
      for (const std::size_t turn : turns_) {
        if (threads_[turn].state != Thread::State::ready) continue;
        moved = true;
        take_turn(turn);
        if (threads_[turn].state == Thread::State::returned) ++returned;
      }
      if (!moved) throw Failure("the threads cannot go on: " + where_they_are());
    }
  }

  void* shared() { return shared_.data(); }
  std::size_t lane() const { return current_ % warp_lanes; }
  std::any& state() { return threads_[current_].kept; }

  void barrier(const char* name, Site site) {
    Thread& self = threads_[current_];
    stop(self, Thread::State::at_barrier, name, site);
    if (at_barrier_ == 0) first_at_barrier_ = current_;
    ++at_barrier_;
    if (!same_place(self, threads_[first_at_barrier_])) {
      throw Failure("threads of a block wait at different barriers: " + where_they_are());
    }
    if (at_barrier_ == threads_.size()) {
      at_barrier_ = 0;
      for (Thread& thread : threads_) thread.state = Thread::State::ready;
    }
    // The last to arrive goes back in the queue too, so that the order holds after the barrier.
    Fiber::suspend();
  }

  void warp_operation(const char* name, Site site, unsigned mask, void* lane,
                      const Complete& complete) {
    Thread& self = threads_[current_];
    stop(self, Thread::State::in_warp_operation, name, site);
    self.mask = mask;
    self.lane = lane;
    self.complete = &complete;
    if ((mask >> this->lane() & 1u) == 0) {
      throw Failure(place(name, site) + ": lane " + std::to_string(this->lane()) +
                    " is not in its own mask");
    }
    complete_warp_operation(self);
    Fiber::suspend();
  }

 private:
  void take_turn(std::size_t number) {
    Thread& thread = threads_[number];
    current_ = number;
    threadIdx = thread.index;
    if (!thread.fiber) {
      thread.fiber = std::make_unique<Fiber>([this] {
        try {
          kernel_();
        } catch (...) {
          error_ = std::current_exception();
        }
      });
    }
    thread.fiber->resume();
    if (error_) std::rethrow_exception(error_);
    if (!thread.fiber->is_finished()) return;
    thread.fiber.reset();
    thread.state = Thread::State::returned;
    // It may have been the one that others of its warp were waiting for.
    for (Thread& other : warp_of(number)) {
      if (other.state == Thread::State::in_warp_operation) complete_warp_operation(other);
    }
  }

  static void stop(Thread& thread, Thread::State state, const char* name, Site site) {
    thread.state = state;
    thread.name = name;
    thread.site = site;
  }

  std::span<Thread> warp_of(std::size_t number) {
    const std::size_t first = number - number % warp_lanes;
    return std::span(threads_).subspan(first, std::min(warp_lanes, threads_.size() - first));
  }

  /** Completes what `thread` waits in if every lane of its mask that has not returned is there. */
  void complete_warp_operation(Thread& thread) {
    const std::span<Thread> warp = warp_of(static_cast<std::size_t>(&thread - threads_.data()));
    unsigned members = 0;
    for (std::size_t i = 0; i < warp.size(); ++i) {
      if ((thread.mask >> i & 1u) == 0 || warp[i].state == Thread::State::returned) continue;
      if (warp[i].state != Thread::State::in_warp_operation) return;
      members |= 1u << i;
    }
    void* lanes[warp_lanes] = {};
    for (std::size_t i = 0; i < warp.size(); ++i) {
      if ((members >> i & 1u) == 0) continue;
      if (warp[i].mask != thread.mask || !same_place(warp[i], thread)) return;
      lanes[i] = warp[i].lane;
    }
    (*thread.complete)(members, lanes);
    for (std::size_t i = 0; i < warp.size(); ++i) {
      if (members >> i & 1u) warp[i].state = Thread::State::ready;
    }
  }

  std::string where_they_are() const {
    std::map<std::string, int> counts;
    for (const Thread& thread : threads_) {
      switch (thread.state) {
        case Thread::State::ready:
          ++counts["on the way"];
          break;
        case Thread::State::at_barrier:
          ++counts["at " + place(thread.name, thread.site)];
          break;
        case Thread::State::in_warp_operation:
          ++counts["in " + place(thread.name, thread.site)];
          break;
        case Thread::State::returned:
          ++counts["returned"];
          break;
      }
    }
    std::string result = "of block " + text(blockIdx);
    for (const auto& [where, count] : counts) {
      result += ", " + std::to_string(count) + (count == 1 ? " thread " : " threads ") + where;
    }
    return result;
  }

  const std::function<void()>& kernel_;
  std::vector<Thread> threads_;
  std::vector<std::size_t> turns_;
  std::vector<unsigned char> shared_;
  std::size_t current_ = 0;
  std::size_t at_barrier_ = 0;
  std::size_t first_at_barrier_ = 0;
  std::exception_ptr error_;
};

Block* running = nullptr;

}  // namespace

void run_grid(dim3 grid, dim3 block, std::size_t dynamic_shared_bytes,
              const std::function<void()>& kernel, const Order& order) {
  blockDim = block;
  gridDim = grid;
  const std::size_t blocks = std::size_t{grid.x} * grid.y * grid.z;
  for (const std::size_t number : turns(blocks, order, 0)) {
    blockIdx = {static_cast<unsigned>(number % grid.x),
                static_cast<unsigned>(number / grid.x % grid.y),
                static_cast<unsigned>(number / grid.x / grid.y)};
    Block run(block, dynamic_shared_bytes, kernel, order, number + 1);
    running = &run;
    run.run();
    running = nullptr;
  }
}

void* dynamic_shared_memory() { return running->shared(); }

void block_barrier(const char* name, Site site) { running->barrier(name, site); }

int lane_of_thread() { return static_cast<int>(running->lane()); }

std::any& state_of_thread() { return running->state(); }

void warp_operation(const char* name, Site site, unsigned mask, void* lane,
                    const std::function<void(unsigned, void* const*)>& complete) {
  running->warp_operation(name, site, mask, lane, complete);
}

}  // namespace trialforge::emulation
