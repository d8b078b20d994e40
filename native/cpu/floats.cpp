#include "cpu/floats.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <string>

#include "trialforge/error.h"

namespace trialforge::cpu {

void Floats::Free::operator()(float* memory) const noexcept { std::free(memory); }

Floats::Floats(std::size_t size) {
  constexpr std::size_t most = std::numeric_limits<std::ptrdiff_t>::max() / sizeof(float);
  const std::size_t bytes = (std::min(size, most) * sizeof(float) + 63) / 64 * 64;
  void* memory = std::aligned_alloc(64, bytes == 0 ? 64 : bytes);
  if (memory == nullptr) {
    throw Error(ErrorCode::out_of_memory,
                "out of host memory: " + std::to_string(bytes) + " bytes asked for");
  }
  memory_.reset(static_cast<float*>(memory));
  size_ = size;
}

}  // namespace trialforge::cpu
