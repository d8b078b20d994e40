// Counts the allocations of this program, to show that a training step makes none.
#include <atomic>
#include <cstdlib>
#include <new>
#include <vector>

#include "devices.h"
#include "testing.h"
#include "trialforge/network.h"

namespace {
std::atomic<long> allocations{0};

void* counted(std::size_t bytes, std::size_t alignment) noexcept {
  allocations.fetch_add(1, std::memory_order_relaxed);
  const std::size_t size = bytes == 0 ? 1 : bytes;
  return alignment <= alignof(std::max_align_t)
             ? std::malloc(size)
             : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

void* or_throw(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
}  // namespace

// All of them: memory that one of the library's own gave must not come to one of these.
using Alignment = std::align_val_t;
using NoThrow = std::nothrow_t;
void* operator new(std::size_t n) { return or_throw(counted(n, 1)); }
void* operator new[](std::size_t n) { return or_throw(counted(n, 1)); }
void* operator new(std::size_t n, Alignment to) {
  return or_throw(counted(n, static_cast<std::size_t>(to)));
}
void* operator new[](std::size_t n, Alignment to) {
  return or_throw(counted(n, static_cast<std::size_t>(to)));
}
void* operator new(std::size_t n, const NoThrow&) noexcept { return counted(n, 1); }
void* operator new[](std::size_t n, const NoThrow&) noexcept { return counted(n, 1); }
void* operator new(std::size_t n, Alignment to, const NoThrow&) noexcept {
  return counted(n, static_cast<std::size_t>(to));
}
void* operator new[](std::size_t n, Alignment to, const NoThrow&) noexcept {
  return counted(n, static_cast<std::size_t>(to));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, Alignment) noexcept { std::free(memory); }
void operator delete[](void* memory, Alignment) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, Alignment) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, Alignment) noexcept { std::free(memory); }

namespace trialforge::testing {
namespace {

const Register registered("a training step allocates nothing", [] {
  const Device& device = test_device(DeviceKind::cpu);
  const NetworkSpec spec{
      .in_height = 12,
      .in_width = 12,
      .layers = {
          Conv2dLayer{
              .filters = 16, .kernel_height = 3, .kernel_width = 3, .activation = Activation::relu},
          Conv2dLayer{.filters = 24,
                      .kernel_height = 3,
                      .kernel_width = 3,
                      .activation = Activation::tanh,
                      .kernel_regularizer = {.l2 = 0.01f}},
          Pool2dLayer{}, FlattenLayer{}, DenseLayer{.units = 300, .activation = Activation::relu},
          DropoutLayer{.rate = 0.5f}, DenseLayer{.units = 10}, SoftmaxLayer{}}};
  Network network(device, spec);
  const auto epoch_of = [&](std::size_t samples) {
    const std::vector<float> images = random_floats(samples * 144, 1);
    const std::vector<std::int32_t> labels(samples, 3);
    Dataset data(device, 144, std::span<const float>(images));
    data.set_labels(labels, 10);
    const long before = allocations;
    network.train_epoch(data, {.batch_size = 16});
    return allocations - before;
  };
  epoch_of(640);
  // An epoch may sort its samples, however many batches follow.
  const long few = epoch_of(64), many = epoch_of(640);
  check(few == many, std::to_string(many - few) + " allocations in 36 more steps");
});

}  // namespace
}  // namespace trialforge::testing
