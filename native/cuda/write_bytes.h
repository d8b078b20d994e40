// Few bytes from the host to the device without waiting for it: they travel with the launch.
#pragma once

#include <cstddef>

#include "cuda/backend.h"

namespace trialforge::cuda {

inline constexpr std::size_t most_written_bytes = 1024;

/** Writes at most most_written_bytes to device memory; the source may be reused at once. */
void write_bytes(const Queue& queue, void* target, const void* source, std::size_t bytes);

}  // namespace trialforge::cuda
