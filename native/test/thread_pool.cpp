#include "cpu/thread_pool.h"

#include <atomic>
#include <cstdint>

#include "testing.h"

namespace trialforge::testing {
namespace {

const Register every_task("a thread pool runs every task once", [] {
  for (const int threads : {1, 2, 5}) {
    cpu::ThreadPool pool(threads);
    for (const int tasks : {0, 1, 2, 1000}) {
      std::vector<std::atomic<int>> runs(static_cast<std::size_t>(tasks));
      pool.parallel_for(tasks, [&](std::int64_t task, int worker) {
        check(worker >= 0 && worker < threads, "a worker out of range");
        ++runs[static_cast<std::size_t>(task)];
      });
      for (const auto& count : runs) check(count == 1, "a task ran " + std::to_string(count));
    }
  }
});

const Register throws("a thread pool passes on an exception and goes on working", [] {
  cpu::ThreadPool pool(3);
  expect_error(ErrorCode::invalid_argument, "task 7", [&] {
    pool.parallel_for(20, [](std::int64_t task, int) { require(task != 7, "task 7"); });
  });
  std::atomic<int> count = 0;
  pool.parallel_for(20, [&](std::int64_t, int) { ++count; });
  check(count == 20, "tasks are missing after an exception");
});

const Register no_memory("sizes beyond the address space are out of memory, not small", [] {
  for (const std::size_t count : {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 4 + 2}) {
    expect_error(ErrorCode::out_of_memory, "bytes asked for", [&] { cpu::Floats{count}; });
  }
});

}  // namespace
}  // namespace trialforge::testing
