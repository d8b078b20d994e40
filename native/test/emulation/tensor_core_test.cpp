// The emulated tensor cores and asynchronous copies: right programs, and wrong ones found.
#include <cuda_runtime.h>

#include <cmath>

#include "cuda/device/async_copy.cuh"
#include "cuda/device/dynamic_shared.cuh"
#include "cuda/device/mma.cuh"
#include "cuda/launch.h"
#include "devices.h"
#include "testing.h"

namespace trialforge::testing {
namespace {

namespace kernel = cuda::device;

template <typename... Parameters, typename... Arguments>
void run(const cuda::LaunchShape& shape, void (*function)(Parameters...), Arguments... arguments) {
  const Device& device = test_device(DeviceKind::cuda);
  cuda::launch(cuda::queue_of(device), shape, function, arguments...);
  device.synchronize();
}

__global__ void tf32_kernel(const float* a /* [16, 8] */, const float* b /* [8, 8] */,
                            float* c /* [16, 8] */) {
  const int g = threadIdx.x / 4, t = threadIdx.x % 4;
  float sums[4] = {1, 1, 1, 1};
  const std::uint32_t left[4] = {
      kernel::round_to_tf32(a[g * 8 + t]), kernel::round_to_tf32(a[(g + 8) * 8 + t]),
      kernel::round_to_tf32(a[g * 8 + t + 4]), kernel::round_to_tf32(a[(g + 8) * 8 + t + 4])};
  const std::uint32_t right[2] = {kernel::round_to_tf32(b[t * 8 + g]),
                                  kernel::round_to_tf32(b[(t + 4) * 8 + g])};
  kernel::mma_tf32(sums, left, right);
  c[g * 8 + 2 * t] = sums[0];
  c[g * 8 + 2 * t + 1] = sums[1];
  c[(g + 8) * 8 + 2 * t] = sums[2];
  c[(g + 8) * 8 + 2 * t + 1] = sums[3];
}

const Register tf32("emulation multiplies tf32", [] {
  const Device& device = test_device(DeviceKind::cuda);
  const std::vector<float> a = random_floats(16 * 8, 1), b = random_floats(8 * 8, 2);
  const DeviceArray<float> a_device(device, a), b_device(device, b), c_device(device, 16 * 8);
  run({dim3(1), dim3(32)}, tf32_kernel, a_device.span().data(), b_device.span().data(),
      c_device.span().data());
  const std::vector<float> c = c_device.host();
  bool is_rounded = false;
  for (int row = 0; row < 16; ++row) {
    for (int column = 0; column < 8; ++column) {
      double sum = 1;
      for (int k = 0; k < 8; ++k) sum += double{a[row * 8 + k]} * b[k * 8 + column];
      const double error = std::abs(sum - c[row * 8 + column]);
      check(error < 8 * 0x1p-10, "element " + std::to_string(row * 8 + column));
      is_rounded = is_rounded || error > 0x1p-16;
    }
  }
  check(is_rounded, "the operands were not rounded");
});

const Register rounding("emulation rounds to nearest", [] {
  check(kernel::round_to_tf32(1 + 0x1p-11f) == 0x3f802000u, "tf32: a tie goes away from zero");
  check(kernel::round_to_tf32(1 + 0x1p-12f) == 0x3f800000u, "tf32: down");
  check(kernel::pack_bfloat16(1 + 0x1p-8f, 1 + 3 * 0x1p-8f) == 0x3f823f80u,
        "bfloat16: ties go to even");
  check(std::isnan(__uint_as_float(kernel::round_to_tf32(NAN))), "tf32: NaN");
  check(std::isnan(__uint_as_float(kernel::pack_bfloat16(0, NAN))), "bfloat16: NaN");
});

__global__ void matrices_kernel(unsigned* plain /* [32] */, unsigned* transposed /* [32] */) {
  auto* const rows = kernel::dynamic_shared<std::uint16_t>();  // four matrices [8, 8]
  for (int i = 0; i < 8; ++i) rows[threadIdx.x * 8 + i] = threadIdx.x * 8 + i;
  __syncthreads();
  std::uint32_t words[4];
  kernel::load_matrices(words, rows + threadIdx.x * 8);
  plain[threadIdx.x] = words[1];
  kernel::load_matrices_transposed(words, rows + threadIdx.x * 8);
  transposed[threadIdx.x] = words[1];
}

const Register matrices("emulation loads matrices, transposed or not", [] {
  const Device& device = test_device(DeviceKind::cuda);
  const DeviceArray<unsigned> plain(device, 32), transposed(device, 32);
  run({dim3(1), dim3(32), 512}, matrices_kernel, plain.span().data(), transposed.span().data());
  const std::vector<unsigned> p = plain.host(), q = transposed.host();
  for (unsigned lane = 0; lane < 32; ++lane) {
    const unsigned g = lane / 4, t = lane % 4;
    check(p[lane] == (64 + g * 8 + 2 * t) + ((64 + g * 8 + 2 * t + 1) << 16), "a row");
    check(q[lane] == (64 + 2 * t * 8 + g) + ((64 + (2 * t + 1) * 8 + g) << 16), "a column");
  }
});

template <bool waits>
__global__ void copy_kernel(const float* x /* [64] */, float* y /* [128] */) {
  auto* const shared = kernel::dynamic_shared<float>();  // [128]
  const unsigned i = threadIdx.x * 4;
  kernel::copy_async<16>(shared + i, x + i, true);
  kernel::close_copy_group();
  kernel::copy_async<4>(shared + 64 + threadIdx.x, x, false);
  kernel::close_copy_group();
  kernel::wait_for_copy_groups<waits ? 1 : 2>();
  __syncthreads();
  for (unsigned j = 0; j < 4; ++j) y[i + j] = shared[(i + j) ^ 4];
  __syncthreads();
  kernel::wait_for_copy_groups<0>();
  y[64 + threadIdx.x] = shared[64 + threadIdx.x];
}

const Register copies("emulation copies when it is waited for, not before", [] {
  const Device& device = test_device(DeviceKind::cuda);
  const std::vector<float> x = random_floats(64, 1);
  const DeviceArray<float> x_device(device, x), y_device(device, 128);
  run({dim3(1), dim3(16), 512}, copy_kernel<true>, x_device.span().data(), y_device.span().data());
  std::vector<float> y = y_device.host();
  for (int i = 0; i < 64; ++i) check(y[i] == x[i ^ 4], "element " + std::to_string(i));
  for (int i = 0; i < 16; ++i) check(y[64 + i] == 0, "what does not exist is 0");
  run({dim3(1), dim3(16), 512}, copy_kernel<false>, x_device.span().data(), y_device.span().data());
  y = y_device.host();
  for (int i = 0; i < 64; ++i) check(std::isnan(y[i]), "it was there too early");
});

}  // namespace
}  // namespace trialforge::testing
