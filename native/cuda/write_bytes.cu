#include "cuda/write_bytes.h"

#include <cstring>

#include "cuda/launch.h"

namespace trialforge::cuda {
namespace {

struct Bytes {
  unsigned char values[most_written_bytes];
};

__global__ void write_bytes_kernel(const Bytes source, unsigned char* target, unsigned bytes) {
  for (unsigned i = threadIdx.x; i < bytes; i += blockDim.x) target[i] = source.values[i];
}

}  // namespace

void write_bytes(const Queue& queue, void* target, const void* source, std::size_t bytes) {
  Bytes parameter;
  std::memcpy(parameter.values, source, bytes);
  launch(queue, {.grid = dim3(1), .block = dim3(bytes <= 32 ? 32 : 128)}, write_bytes_kernel,
         parameter, static_cast<unsigned char*>(target), static_cast<unsigned>(bytes));
}

}  // namespace trialforge::cuda
