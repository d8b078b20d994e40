// What ops/ asks of the device backend. Plain C++: cuda/ and no_cuda/ both define every name here,
// and a build links one of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "trialforge/activation.h"
#include "trialforge/device.h"
#include "trialforge/softmax_cross_entropy.h"

namespace trialforge::cuda {

/** Where work is queued: a device and one of its streams (a cudaStream_t). */
struct Queue {
  int device = 0;
  void* stream = nullptr;
};

inline Queue queue_of(const Device& device) { return {device.index(), device.stream()}; }

// --- device.cpp

/** Whether this build has the CUDA kernels. */
bool is_built() noexcept;
/** Whether there is a device to use; if not, unavailable_reason() says why. */
bool is_available() noexcept;
std::string unavailable_reason();
/** As 13000 for 13.0; 0 where there is none. */
int runtime_version() noexcept;
int driver_version() noexcept;
std::vector<CudaDeviceInfo> devices();
int device_count() noexcept;
/** A new stream of `device`, destroyed with its last owner. */
std::shared_ptr<void> make_stream(int device);
void synchronize(const Queue& queue);

// --- buffer.cpp

/** Zeroed device memory; the zeroing is queued. Throws ErrorCode::out_of_memory. */
void* allocate(const Queue& queue, std::size_t bytes);
void release(int device, void* data) noexcept;
/** Queued after what is in `queue`; both return when the copy is complete. */
void copy_from_host(const Queue& queue, void* target, const void* source, std::size_t bytes);
void copy_to_host(const Queue& queue, void* target, const void* source, std::size_t bytes);

// --- activation.cu. Arguments as in the facade, already checked; pointers are device memory.

void activation_forward(const Queue& queue, Activation activation, const float* x, float* y,
                        std::size_t n);
void activation_backward(const Queue& queue, Activation activation, const float* y, const float* dy,
                         float* dx, std::size_t n);

// --- softmax_cross_entropy.cu. `dlogits` may be null.

void softmax_forward(const Queue& queue, const SoftmaxShape& shape, const float* logits,
                     float* probabilities);
void softmax_cross_entropy_sparse(const Queue& queue, const SoftmaxShape& shape,
                                  const float* logits, const std::int32_t* labels, float scale,
                                  float* loss, float* correct, float* dlogits);
void softmax_cross_entropy_dense(const Queue& queue, const SoftmaxShape& shape, const float* logits,
                                 const float* targets, float scale, float* loss, float* correct,
                                 float* dlogits);

}  // namespace trialforge::cuda
