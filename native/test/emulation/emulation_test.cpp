// That the emulation runs right kernels right, and finds what is wrong in wrong ones.
#include <cuda_runtime.h>

#include <chrono>
#include <numeric>
#include <thread>

#include "cuda/backend.h"
#include "cuda/device/dynamic_shared.cuh"
#include "cuda/device/reduce.cuh"
#include "cuda/handles.h"
#include "cuda/launch.h"
#include "devices.h"
#include "testing.h"

namespace trialforge::testing {
namespace {

using cuda::launch;

/** Launches on the emulated device and waits. */
template <typename... Parameters, typename... Arguments>
void run(const cuda::LaunchShape& shape, void (*kernel)(Parameters...), Arguments... arguments) {
  const Device& device = test_device(DeviceKind::cuda);
  launch(cuda::queue_of(device), shape, kernel, arguments...);
  device.synchronize();
}

DeviceArray<int> ints(std::size_t n) { return {test_device(DeviceKind::cuda), n}; }

void expect_failure(const std::string& part, const std::function<void()>& body) {
  try {
    body();
  } catch (const emulation::Failure& failure) {
    check(std::string(failure.what()).find(part) != std::string::npos,
          "the failure does not say '" + part + "': " + failure.what());
    return;
  }
  throw Failure("no failure, expected one that says '" + part + "'");
}

// --- Right kernels

__global__ void index_kernel(int* out, int step) {
  const unsigned block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
  const unsigned thread = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
  const unsigned i = block * blockDim.x * blockDim.y * blockDim.z + thread;
  out[i] = static_cast<int>(i) * step++;
}

const Register indices("emulation gives every thread its place", [] {
  const DeviceArray<int> out = ints(4 * 3 * 2 * 5 * 3 * 2);
  run({dim3(4, 3, 2), dim3(5, 3, 2)}, index_kernel, out.span().data(), 7);
  const std::vector<int> got = out.host();
  for (std::size_t i = 0; i < got.size(); ++i) {
    check(got[i] == static_cast<int>(i) * 7, "thread " + std::to_string(i) + " is elsewhere");
  }
});

template <int tile>
__global__ void matrix_product_kernel(const float* a, const float* b, float* c, int n) {
  __shared__ float a_tile[tile][tile], b_tile[tile][tile];
  const int row = static_cast<int>(blockIdx.y) * tile + static_cast<int>(threadIdx.y);
  const int column = static_cast<int>(blockIdx.x) * tile + static_cast<int>(threadIdx.x);
  float sum = 0;
  for (int k = 0; k < n; k += tile) {
    const int x = static_cast<int>(threadIdx.x), y = static_cast<int>(threadIdx.y);
    a_tile[y][x] = row < n && k + x < n ? a[row * n + k + x] : 0.0f;
    b_tile[y][x] = column < n && k + y < n ? b[(k + y) * n + column] : 0.0f;
    __syncthreads();
    for (int i = 0; i < tile; ++i) sum += a_tile[y][i] * b_tile[i][x];
    __syncthreads();
  }
  if (row < n && column < n) c[row * n + column] = sum;
}

const Register products("emulation runs a tiled matrix product", [] {
  constexpr int n = 37;
  const Device& device = test_device(DeviceKind::cuda);
  const std::vector<float> a = random_floats(n * n, 1), b = random_floats(n * n, 2);
  const DeviceArray<float> a_device(device, a), b_device(device, b), c_device(device, n * n);
  run({dim3(5, 5), dim3(8, 8)}, matrix_product_kernel<8>, a_device.span().data(),
      b_device.span().data(), c_device.span().data(), n);
  std::vector<double> expected(n * n);
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) {
      for (int k = 0; k < n; ++k) expected[i * n + j] += double{a[i * n + k]} * b[k * n + j];
    }
  }
  expect_close("product", c_device.host(), expected, 1e-5, 1e-5);
});

constexpr int shuffles = 9;

__global__ void warp_kernel(int* out /* [shuffles, 40] */) {
  constexpr unsigned all = 0xffffffffu;
  const int i = static_cast<int>(threadIdx.x), lane = i % warpSize, value = 100 + i;
  int results[shuffles];
  results[0] = __shfl_sync(i < 32 ? all : 0xffu, value, 3);
  results[1] = i < 32 ? __shfl_sync(all, value, lane + 1, 8) : 0;
  results[2] = i < 32 ? __shfl_up_sync(all, value, 2, 16) : 0;
  results[3] = i < 32 ? __shfl_down_sync(all, value, 5) : 0;
  results[4] = __shfl_xor_sync(all, value, 1);
  // Half a warp alone, while the other half is elsewhere.
  results[5] = lane < 16 && i < 32 ? __shfl_sync(0xffffu, value, 15) : -1;
  __syncwarp();
  results[6] = static_cast<int>(__ballot_sync(all, i % 3 == 0));
  results[7] = __any_sync(all, i == 39);
  results[8] = __all_sync(all, i < 32);
  for (int k = 0; k < shuffles; ++k) out[k * 40 + i] = results[k];
}

const Register warps("emulation runs warp operations", [] {
  const DeviceArray<int> out = ints(shuffles * 40);
  run({dim3(1), dim3(40)}, warp_kernel, out.span().data());
  const std::vector<int> got = out.host();
  const auto expect = [&](int row, int i, int value) {
    check(got[row * 40 + i] == value,
          "row " + std::to_string(row) + ", thread " + std::to_string(i) + ": " +
              std::to_string(got[row * 40 + i]) + ", expected " + std::to_string(value));
  };
  unsigned threes = 0;
  for (int lane = 0; lane < 32; lane += 3) threes |= 1u << lane;
  for (int i = 0; i < 40; ++i) {
    const bool first = i < 32;
    expect(0, i, 100 + (first ? 3 : 35));
    expect(1, i, first ? 100 + i / 8 * 8 + (i + 1) % 8 : 0);
    expect(2, i, first ? 100 + (i % 16 < 2 ? i : i - 2) : 0);
    expect(3, i, first ? 100 + (i + 5 < 32 ? i + 5 : i) : 0);
    expect(4, i, 100 + (i ^ 1));
    expect(5, i, i < 16 ? 115 : -1);
    // Threads 33, 36 and 39 are lanes 1, 4 and 7 of the second warp.
    expect(6, i, first ? static_cast<int>(threes) : 0b10010010);
    expect(7, i, first ? 0 : 1);
    expect(8, i, first ? 1 : 0);
  }
});

__global__ void early_return_kernel(int* out) {
  if (threadIdx.x % 2 == 1) return;
  out[threadIdx.x] = __all_sync(0xffffffffu, 1);
}

const Register early_returns("emulation lets lanes return before a warp operation", [] {
  const DeviceArray<int> out = ints(32);
  run({dim3(1), dim3(32)}, early_return_kernel, out.span().data());
  check(out.host()[30] == 1 && out.host()[31] == 0, "wrong result");
});

__global__ void reduce_kernel(const int* in, int* out) {
  using namespace cuda::device;
  const int sum = block_reduce<96>(in[threadIdx.x], Sum{});
  const int largest = block_reduce<96>(in[threadIdx.x], Maximum{});
  const int smallest = group_reduce<8>(in[threadIdx.x], Minimum{});
  out[threadIdx.x] = sum * 1000 + largest * 10 + (smallest == in[threadIdx.x / 8 * 8] ? 1 : 0);
}

const Register reductions("emulation runs the reductions of cuda/device", [] {
  std::vector<int> in(96);
  std::iota(in.begin(), in.end(), 1);
  const DeviceArray<int> in_device(test_device(DeviceKind::cuda), in), out = ints(96);
  run({dim3(1), dim3(96)}, reduce_kernel, in_device.span().data(), out.span().data());
  check(out.host() == std::vector<int>(96, 96 * 97 / 2 * 1000 + 960 + 1), "wrong result");
});

__global__ void histogram_kernel(int* counts /* [4] */, unsigned* extremes /* [2] */) {
  const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  atomicAdd(&counts[i % 4], 2);
  atomicMin(&extremes[0], 500 - i);
  atomicMax(&extremes[1], i);
  atomicCAS(&counts[3], -1, 7);
}

const Register atomics("emulation runs atomics", [] {
  const Device& device = test_device(DeviceKind::cuda);
  const DeviceArray<int> counts = ints(4), extremes(device, std::vector<int>{1000, 0});
  run({dim3(5), dim3(50)}, histogram_kernel, counts.span().data(),
      reinterpret_cast<unsigned*>(extremes.span().data()));
  check(counts.host() == std::vector<int>{126, 126, 124, 124}, "wrong counts");
  check(extremes.host() == std::vector<int>{251, 249}, "wrong extremes");
});

__global__ void reverse_kernel(int* values) {
  int* const shared = cuda::device::dynamic_shared<int>();
  shared[threadIdx.x] = values[threadIdx.x];
  __syncthreads();
  values[threadIdx.x] = shared[blockDim.x - 1 - threadIdx.x];
}

const Register dynamic_shared("emulation gives dynamic shared memory", [] {
  const DeviceArray<int> values(test_device(DeviceKind::cuda), std::vector<int>{1, 2, 3});
  run({dim3(1), dim3(3), 3 * sizeof(int)}, reverse_kernel, values.span().data());
  check(values.host() == std::vector<int>{3, 2, 1}, "wrong result");
  // More than a block gets without being asked for it, and more than there is.
  run({dim3(1), dim3(3), 64 * 1024}, reverse_kernel, values.span().data());
  check(values.host() == std::vector<int>{1, 2, 3}, "wrong result");
  expect_error(ErrorCode::device_failure, "cudaErrorInvalidValue", [&] {
    run({dim3(1), dim3(3), 256 * 1024}, reverse_kernel, values.span().data());
  });
});

__global__ void partial_barrier_kernel() {
  if (threadIdx.x == 5) return;
  __syncthreads();
}

__global__ void two_barriers_kernel() {
  if (threadIdx.x < 32) {
    __syncthreads();
  } else {
    __syncthreads();
  }
}

__global__ void barrier_in_half_a_warp_kernel() {
  if (threadIdx.x < 16) {
    __syncthreads();
  } else {
    __syncwarp();
  }
}

const Register barriers("emulation finds barriers that not all reach", [] {
  expect_failure("63 threads at __syncthreads (emulation_test.cpp:", [] {
    run({dim3(2), dim3(64)}, partial_barrier_kernel);
  });
  expect_failure("1 thread returned", [] { run({dim3(2), dim3(64)}, partial_barrier_kernel); });
  expect_failure("different barriers", [] { run({dim3(1), dim3(64)}, two_barriers_kernel); });
  expect_failure("16 threads in __syncwarp", [] {
    run({dim3(1), dim3(32)}, barrier_in_half_a_warp_kernel);
  });
  // Nothing of it is left.
  const DeviceArray<int> values(test_device(DeviceKind::cuda), std::vector<int>{1, 2, 3});
  run({dim3(1), dim3(3), 3 * sizeof(int)}, reverse_kernel, values.span().data());
  check(values.host() == std::vector<int>{3, 2, 1}, "wrong result");
});

__global__ void read_absent_lane_kernel(int* out) {
  if (threadIdx.x >= 8) return;
  out[threadIdx.x] = __shfl_sync(0xffu, 1, static_cast<int>(threadIdx.x) + 1);
}

__global__ void foreign_mask_kernel() {
  if (threadIdx.x == 4) __syncwarp(1u);
}

const Register lanes("emulation finds wrong lanes", [] {
  const DeviceArray<int> out = ints(8);
  expect_failure("lane 7 reads lane 8, which takes no part", [&] {
    run({dim3(1), dim3(32)}, read_absent_lane_kernel, out.span().data());
  });
  expect_failure("lane 4 is not in its own mask", [] {
    run({dim3(1), dim3(32)}, foreign_mask_kernel);
  });
});

__global__ void race_kernel(int* out) {
  __shared__ int values[64];
  values[threadIdx.x] = static_cast<int>(threadIdx.x);
  out[threadIdx.x] = values[(threadIdx.x + 1) % 64];
}

__global__ void unwritten_kernel(int* out) {
  out[threadIdx.x] = cuda::device::dynamic_shared<int>()[threadIdx.x];
}

__global__ void neighbour_block_kernel(int* out) {
  out[blockIdx.x] = blockIdx.x == 0 ? 1 : out[blockIdx.x - 1] + 1;
}

__global__ void float_sum_kernel(const float* in, float* out) { atomicAdd(out, in[threadIdx.x]); }

const Register races("emulation finds results that depend on the order", [] {
  const Device& device = test_device(DeviceKind::cuda);
  const DeviceArray<int> out = ints(64);
  int* const data = out.span().data();
  const std::string part = "other results when they run in another order";
  expect_failure(part, [&] { run({dim3(1), dim3(64)}, race_kernel, data); });
  expect_failure(part, [&] { run({dim3(1), dim3(8), 32}, unwritten_kernel, data); });
  expect_failure(part, [&] { run({dim3(4), dim3(1)}, neighbour_block_kernel, data); });
  const DeviceArray<float> in(device, random_floats(100, 1)), sum(device, 1);
  expect_failure(part, [&] {
    run({dim3(1), dim3(100)}, float_sum_kernel, in.span().data(), sum.span().data());
  });
  emulation::set_orders({emulation::Order{}});
  run({dim3(4), dim3(1)}, neighbour_block_kernel, data);
  emulation::set_orders(emulation::default_orders());
  check(out.host()[3] == 4, "wrong result");
});

const Register laziness("emulation does nothing before something waits", [] {
  const Device& device = test_device(DeviceKind::cuda);
  const DeviceArray<int> out = ints(2);
  device.synchronize();
  launch(cuda::queue_of(device), {dim3(2), dim3(1)}, index_kernel, out.span().data(), 7);
  check(out.span()[1] == 0, "it has run");
  device.synchronize();
  check(out.span()[1] == 7, "it has not run");
});

__global__ void set_kernel(int* out, int value) { *out = value; }
__global__ void copy_kernel(int* out, const int* in) { *out = *in; }

/** A graph of what `body` queues to a main and a side queue. */
void run_branches(const std::function<void(const cuda::Queue& main, cuda::SideQueue& side)>& body) {
  const Device& device = test_device(DeviceKind::cuda);
  const cuda::Queue main = cuda::queue_of(device);
  cuda::SideQueue side(main);
  const cuda::Graph graph(main, [&] { body(main, side); });
  graph.launch(main);
  device.synchronize();
}

const Register branches("emulation runs the branches of a graph", [] {
  const cuda::LaunchShape one{dim3(1), dim3(1)};
  const DeviceArray<int> values = ints(4);
  int* const at = values.span().data();
  run_branches([&](const cuda::Queue& main, cuda::SideQueue& side) {
    launch(main, one, set_kernel, at, 5);
    side.follow_main();
    launch(side.queue(), one, copy_kernel, at + 1, at);
    side.mark();
    launch(main, one, copy_kernel, at + 2, at);
    side.main_follows_mark();
    launch(main, one, copy_kernel, at + 3, at + 1);
  });
  check(values.host() == std::vector<int>(4, 5), "wrong result");
});

const Register unordered("emulation finds branches that depend on their order", [] {
  const cuda::LaunchShape one{dim3(1), dim3(1)};
  const DeviceArray<int> values = ints(4);
  int* const at = values.span().data();
  const auto queue = [&](bool shares) {
    run_branches([&](const cuda::Queue& main, cuda::SideQueue& side) {
      int* const of_side = shares ? at : at + 1;
      side.follow_main();
      // Where they share, each branch is right as long as the other is not between its two
      // launches.
      launch(main, one, set_kernel, at, 1);
      launch(main, one, copy_kernel, at + 2, at);
      launch(side.queue(), one, set_kernel, of_side, 7);
      launch(side.queue(), one, copy_kernel, at + 3, of_side);
      side.mark();
      side.main_follows_mark();
      launch(main, one, set_kernel, at, 0);
      launch(main, one, set_kernel, at + 1, 0);
    });
  };
  queue(false);
  expect_failure("a graph with branches gives other results", [&] { queue(true); });
});

const Register unjoined("emulation refuses a graph with a branch that never comes back", [] {
  const DeviceArray<int> values = ints(2);
  expect_error(ErrorCode::device_failure, "cudaErrorStreamCaptureUnjoined", [&] {
    run_branches([&](const cuda::Queue& main, cuda::SideQueue& side) {
      launch(main, {dim3(1), dim3(1)}, set_kernel, values.span().data(), 1);
      side.follow_main();
      launch(side.queue(), {dim3(1), dim3(1)}, set_kernel, values.span().data() + 1, 2);
    });
  });
  // Both queues can be used again.
  run({dim3(1), dim3(1)}, set_kernel, values.span().data(), 3);
  check(values.host()[0] == 3, "wrong result");
});

const Register recording("an allocation that waits for the device waits for a recording first", [] {
  const Device& device = test_device(DeviceKind::cuda);
  const DeviceArray<int> values = ints(1);
  std::thread other;
  std::string told;
  const cuda::Queue queue = cuda::queue_of(device);
  const cuda::Graph graph(queue, [&] {
    launch(queue, {dim3(1), dim3(1)}, set_kernel, values.span().data(), 4);
    if (!cuda::LoadOnly::is_on()) {
      other = std::thread([&] {
        try {
          const Buffer too_large(Device::cuda(0), std::size_t{1} << 60);
        } catch (const Error& error) {
          told = error_code_name(error.code());
        }
      });
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    launch(queue, {dim3(1), dim3(1)}, index_kernel, values.span().data(), 4);
  });
  other.join();
  check(told == error_code_name(ErrorCode::out_of_memory), "it failed by " + told);
  graph.launch(queue);
  check(values.host() == std::vector<int>{0}, "wrong result");
});

const Register late_failures("emulation tells a failure that came out while memory was freed", [] {
  const Device device = Device::cuda(0);
  void* waiting = nullptr;
  check(cudaMalloc(&waiting, 4) == cudaSuccess, "no memory");
  launch(cuda::queue_of(device), {dim3(1), dim3(64)}, partial_barrier_kernel);
  check(cudaFree(waiting) == cudaSuccess, "it cannot tell yet");
  expect_failure("63 threads at __syncthreads", [&] { device.synchronize(); });
  device.synchronize();
});

const Register freed("emulation frees memory behind what is queued, also if that fails", [] {
  const Device& device = test_device(DeviceKind::cuda);
  const auto free_bytes = [] { return capabilities().cuda_devices[0].free_bytes; };
  device.synchronize();
  const std::size_t before = free_bytes();
  {
    const DeviceArray<int> out = ints(100);
    launch(cuda::queue_of(device), {dim3(2), dim3(64)}, partial_barrier_kernel);
  }
  check(free_bytes() == before - 100 * sizeof(int), "freed before its turn");
  expect_failure("63 threads at __syncthreads", [&] { device.synchronize(); });
  check(free_bytes() == before, "never freed");
});

const Register refused("emulation refuses launches as a device does", [] {
  for (const cuda::LaunchShape& shape :
       {cuda::LaunchShape{dim3(1), dim3(1025)}, cuda::LaunchShape{dim3(0), dim3(1)},
        cuda::LaunchShape{dim3(1), dim3(32, 64)}, cuda::LaunchShape{dim3(1, 65536), dim3(1)}}) {
    expect_error(ErrorCode::device_failure,
                 "launch.h:", [&] { run(shape, partial_barrier_kernel); });
    expect_error(ErrorCode::device_failure, "cudaLaunchKernelEx(&config, kernel",
                 [&] { run(shape, partial_barrier_kernel); });
    check(cudaGetLastError() == cudaSuccess, "the last error stays");
  }
  expect_error(ErrorCode::device_unavailable, "cudaErrorInvalidDevice", [] {
    launch({3, nullptr}, {dim3(1), dim3(1)}, partial_barrier_kernel);
  });
});

const Register out_of_memory("emulation has as much memory as it says", [] {
  const Device& device = test_device(DeviceKind::cuda);
  device.synchronize();
  const CudaDeviceInfo info = capabilities().cuda_devices.at(0);
  check(info.name == "emulated", "another device");
  expect_error(ErrorCode::out_of_memory,
               std::to_string(info.free_bytes + 1) + " bytes asked for, " +
                   std::to_string(info.free_bytes) + " of " + std::to_string(info.total_bytes) +
                   " free",
               [&] { Buffer(device, info.free_bytes + 1); });
});

}  // namespace
}  // namespace trialforge::testing
