// What ops/ asks of the device backend. Plain C++: cuda/ and no_cuda/ both define every name here,
// and a build links one of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ops/copy_axis.h"
#include "trialforge/activation.h"
#include "trialforge/buffer.h"
#include "trialforge/conv2d.h"
#include "trialforge/dense.h"
#include "trialforge/depthwise_conv2d.h"
#include "trialforge/device.h"
#include "trialforge/dropout.h"
#include "trialforge/elementwise.h"
#include "trialforge/gather.h"
#include "trialforge/mat_mul.h"
#include "trialforge/network.h"
#include "trialforge/parzen.h"
#include "trialforge/pool2d.h"
#include "trialforge/precision.h"
#include "trialforge/profile.h"
#include "trialforge/reduce.h"
#include "trialforge/resize_bilinear.h"
#include "trialforge/softmax_cross_entropy.h"
#include "trialforge/tensor.h"

namespace trialforge {
class NetworkEngine;
struct NetworkPlan;
}  // namespace trialforge

namespace trialforge::cuda {

/** Where work is queued: a device and one of its streams (a cudaStream_t). */
struct Queue {
  int device = 0;
  void* stream = nullptr;
};

inline Queue queue_of(const Device& device) { return {device.index(), device.stream()}; }

/**
 * Networks of the same shapes that train as one. Activations and their gradients are [count, batch,
 * ...]; the weights, weight gradients and optimizer state of network t begin t * weight_stride
 * floats after those of network 0. What a kernel computes for one network, and in which order, must
 * not depend on `count`.
 */
struct Trials {
  int count = 1;
  std::size_t weight_stride = 0;
};

struct TrialState;

/** A dropout layer of the networks, in the step that their states are in. None without states. */
struct TrialDropout {
  const TrialState* states = nullptr;  // device memory, like the rates
  const float* rates = nullptr;        // [count, layers]
  int layers = 0, layer = 0;
};

/**
 * What made x, the last first: a dropout, a max pooling, an activation. A kernel that makes dx
 * takes it through the gradients of all of them; with a pooling it makes the gradient of what was
 * pooled.
 */
struct InputOrigin {
  Activation activation = Activation::linear;
  const float* x = nullptr;  // null with linear
  TrialDropout dropout = {};
  const std::int32_t* argmax = nullptr;  // like x; null: no pooling
  Pool2dShape pool = {};                 // of one trial; backward_input_takes_pool()
};

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

/** Device memory for what is queued from here on. Throws ErrorCode::out_of_memory. */
void* allocate(const Queue& queue, std::size_t bytes,
               BufferContents contents = BufferContents::zeros);
/** Frees it behind what is in `queue`. */
void release(const Queue& queue, void* data) noexcept;
/** Queued after what is in `queue`; returns when the source may be reused. */
void queue_from_host(const Queue& queue, void* target, const void* source, std::size_t bytes);
/** Queued after what is in `queue`; both return when the copy is complete. */
void copy_from_host(const Queue& queue, void* target, const void* source, std::size_t bytes);
void copy_to_host(const Queue& queue, void* target, const void* source, std::size_t bytes);
/** Only queued, like the next one, whose target is memory of the host that the runtime gave. */
void copy_on_device(const Queue& queue, void* target, const void* source, std::size_t bytes);
void copy_to_pinned(const Queue& queue, void* target, const void* source, std::size_t bytes);

// --- profile.cpp

/** Events in the stream. While held, the stream waits at most some milliseconds. */
std::unique_ptr<ProfileClock> make_profile_clock(const Queue& queue);
/** Named ranges of NVIDIA's profilers (NVTX), this thread's. */
void push_range(const char* name) noexcept;
void pop_range() noexcept;

// --- ceilings.cu

/** What a call of multiply_add_chains does. */
struct MultiplyAdds {
  std::size_t threads = 0;
  double flops = 0;
};
MultiplyAdds multiply_adds(const Queue& queue, Precision precision, std::int64_t steps);
/** Independent chains of `steps` multiply-adds on all multiprocessors; a number a thread to `sink`.
 */
void multiply_add_chains(const Queue& queue, Precision precision, std::int64_t steps, float* sink);
/** The pointers are aligned to 16 bytes. */
void copy_by_kernel(const Queue& queue, const void* from, void* to, std::size_t bytes);

// --- activation.cu. Arguments as in the facade, already checked; pointers are device memory.

void activation_forward(const Queue& queue, Activation activation, const float* x, float* y,
                        std::size_t n);
void activation_backward(const Queue& queue, Activation activation, const float* y, const float* dy,
                         float* dx, std::size_t n);

// --- softmax_cross_entropy.cu. `dlogits` may be null.

void softmax_forward(const Queue& queue, const SoftmaxShape& shape, const float* logits,
                     float* probabilities);
void log_softmax_forward(const Queue& queue, const SoftmaxShape& shape, const float* x, float* y);
void softmax_cross_entropy_sparse(const Queue& queue, const SoftmaxShape& shape,
                                  const float* logits, const std::int32_t* labels, float scale,
                                  float* loss, float* correct, float* dlogits);
void softmax_cross_entropy_dense(const Queue& queue, const SoftmaxShape& shape, const float* logits,
                                 const float* targets, float scale, float* loss, float* correct,
                                 float* dlogits);

// --- conv2d.cu. shape.batch is that of one trial. w, bias, dw and dbias are weights (Trials).

/** bias may be null. What is dropped is y. */
void conv2d_forward(const Queue& queue, const Trials& trials, Precision precision,
                    const Conv2dShape& shape, const float* x, const float* w, const float* bias,
                    Activation activation, float* y, const TrialDropout& dropout = {});
/** Whether conv2d_forward takes a dropout. */
bool conv2d_takes_dropout(const Conv2dShape& shape, Precision precision) noexcept;
/** Whether conv2d_max_pool_forward takes the two. */
bool conv2d_takes_pool(const Conv2dShape& shape, const Pool2dShape& pool) noexcept;
/** max_pool2d of conv2d_forward's y, which is never stored, then dropout. argmax may be null. */
void conv2d_max_pool_forward(const Queue& queue, const Trials& trials, Precision precision,
                             const Conv2dShape& shape, const Pool2dShape& pool, const float* x,
                             const float* w, const float* bias, Activation activation, float* y,
                             std::int32_t* argmax, const TrialDropout& dropout = {});
/** With a pooling, x, dx and argmax are aligned to 16 bytes. */
void conv2d_backward_input(const Queue& queue, const Trials& trials, Precision precision,
                           const Conv2dShape& shape, const float* dy, const float* w,
                           const InputOrigin& origin, float* dx);
/** Whether an InputOrigin of conv2d_backward_input and dense_backward_input may have it. */
bool backward_input_takes_pool(const Pool2dShape& pool) noexcept;
/** Floats that conv2d_backward_filter needs to work in. */
std::size_t conv2d_backward_filter_workspace(const Trials& trials, Precision precision,
                                             const Conv2dShape& shape);
/** dbias may be null. */
void conv2d_backward_filter(const Queue& queue, const Trials& trials, Precision precision,
                            const Conv2dShape& shape, const float* x, const float* dy, float* dw,
                            float* dbias, float* workspace);

// --- dense.cu, likewise.

void dense_forward(const Queue& queue, const Trials& trials, Precision precision,
                   const DenseShape& shape, const float* x, const float* w, const float* bias,
                   Activation activation, float* y, float* workspace,
                   const TrialDropout& dropout = {});
/** Floats that any of the three passes needs to work in. */
std::size_t dense_workspace(const Trials& trials, Precision precision, const DenseShape& shape);
void dense_backward_input(const Queue& queue, const Trials& trials, Precision precision,
                          const DenseShape& shape, const float* dy, const float* w,
                          const InputOrigin& origin, float* dx, float* workspace);
void dense_backward_weights(const Queue& queue, const Trials& trials, Precision precision,
                            const DenseShape& shape, const float* x, const float* dy, float* dw,
                            float* dbias, float* workspace);

// --- mat_mul.cu. bias may be null.

void mat_mul(const Queue& queue, Precision precision, const MatMulShape& shape, const float* a,
             const float* b, const float* bias, Activation activation, float* y);

// --- pool2d.cu

/** argmax may be null. */
void max_pool2d_forward(const Queue& queue, const Pool2dShape& shape, const float* x, float* y,
                        std::int32_t* argmax);
/** dx, taken through the gradient of x_activation, whose output x pooled to y (null with linear).
 */
void max_pool2d_backward(const Queue& queue, const Pool2dShape& shape, const float* dy,
                         const std::int32_t* argmax, Activation x_activation, const float* y,
                         float* dx);
/** Integers that max_pool2d_input_gradient needs to work in; 0 where windows are apart. */
std::size_t max_pool2d_input_gradient_workspace(const Pool2dShape& shape) noexcept;
void max_pool2d_input_gradient(const Queue& queue, const Pool2dShape& shape, const float* x,
                               const float* dy, float* dx, std::int32_t* workspace);
void average_pool2d_forward(const Queue& queue, const Pool2dShape& shape, const float* x, float* y);
void average_pool2d_backward(const Queue& queue, const Pool2dShape& shape, const float* dy,
                             float* dx);

// --- depthwise_conv2d.cu

void depthwise_conv2d_forward(const Queue& queue, const DepthwiseConv2dShape& shape, const float* x,
                              const float* w, float* y);
void depthwise_conv2d_backward_input(const Queue& queue, const DepthwiseConv2dShape& shape,
                                     const float* dy, const float* w, float* dx);
/** Floats that depthwise_conv2d_backward_filter needs to work in. */
std::size_t depthwise_conv2d_backward_filter_workspace(const DepthwiseConv2dShape& shape) noexcept;
void depthwise_conv2d_backward_filter(const Queue& queue, const DepthwiseConv2dShape& shape,
                                      const float* x, const float* dy, float* dw, float* workspace);

// --- elementwise_unary.cu, elementwise_binary.cu, select.cu. Nothing is empty.

void unary(const Queue& queue, UnaryOp op, DType type, const UnaryParameters& parameters,
           const void* x, void* y, std::size_t n);
/** The shapes go together and have no size 0. */
void binary(const Queue& queue, BinaryOp op, DType type, std::span<const int> a_shape,
            std::span<const int> b_shape, const void* a, const void* b, void* y);
/** a, b, y: n elements of `type`, n / conditions for each condition. */
void select(const Queue& queue, const std::uint8_t* condition, std::size_t conditions, DType type,
            const void* a, const void* b, void* y, std::size_t n);
void cast(const Queue& queue, DType from, const void* x, DType to, void* y, std::size_t n);

// --- reduce.cu. y is not empty.

/** Bytes that a reduction of any type needs to work in; often 0. */
std::size_t reduce_workspace(const ReduceShape& shape);
void reduce(const Queue& queue, ReduceOp op, const ReduceShape& shape, TensorView x,
            MutableTensorView y, void* workspace);
void arg_reduce(const Queue& queue, ArgOp op, const ReduceShape& shape, TensorView x,
                std::int32_t* y, void* workspace);

// --- strided_copy.cu

/** `from` and `to` are the box's first elements, 1 or 4 bytes each. At most 8 axes, none empty. */
void strided_copy(const Queue& queue, std::span<const CopyAxis> axes, std::size_t element_bytes,
                  const void* from, void* to);

// --- gather.cu. Elements of 1 or 4 bytes; y is not empty.

/** Zeros for an index outside of [0, axis): it cannot be refused without waiting for the device. */
void gather(const Queue& queue, const GatherShape& shape, std::size_t element_bytes, const void* x,
            const std::int32_t* indices, void* y);
/** y: [n, depth]. */
void one_hot(const Queue& queue, int depth, double on, double off, const std::int32_t* indices,
             std::size_t n, MutableTensorView y);

// --- batch_norm.cu. scale and offset may be null; x is not empty.

void batch_norm_inference(const Queue& queue, int pixels, int channels, const float* x,
                          const float* mean, const float* variance, const float* scale,
                          const float* offset, float epsilon, float* y);

// --- resize_bilinear.cu. batch is not 0.

void resize_bilinear_forward(const Queue& queue, const ResizeShape& shape, const float* x,
                             float* y);
void resize_bilinear_backward(const Queue& queue, const ResizeShape& shape, const float* dy,
                              float* dx);

// --- parzen.cu and parzen_sample.cu

/** One parameter of a mixture, and where its numbers are. */
struct ParzenColumn {
  ParzenKernel kernel = ParzenKernel::truncated_normal;
  int n_choices = 0;            // categorical
  double low = 0, high = 0;     // truncated kernels
  double centre = 0;            // float32 takes the points of a density as (x - centre) / scale
  double scale = 1;             // positive
  std::size_t parameter = 0;    // its number in the mixture
  std::size_t components = 0;   // offset of mu[k], sigma[k] or probability[k, n_choices]
  std::size_t log_choices = 0;  // row of the prepared log-probabilities [n_choices]
  std::size_t points = 0;       // row of x; of lower and, next to it, upper; of choice
};

/** A mixture in device memory. */
struct ParzenView {
  ParzenPrecision precision = ParzenPrecision::float64;
  std::size_t k = 0;           // components
  std::size_t parameters = 0;  // of which the first `densities` are densities
  std::size_t densities = 0;
  std::size_t choices = 0;                // of all categorical parameters together
  const ParzenColumn* columns = nullptr;  // [parameters]
  const double* log_weight = nullptr;     // [k]
  const double* cumulative = nullptr;     // [k], the sums of the weights
  const double* components = nullptr;
  void* prepared = nullptr;  // parzen_prepared_bytes()
};

/** Memory for what parzen_prepare() computes of a mixture. */
std::size_t parzen_prepared_bytes(const ParzenView& mixture);
void parzen_prepare(const Queue& queue, const ParzenView& mixture);
/** Memory that parzen_log_pdf() needs to work in. */
std::size_t parzen_workspace_bytes(const ParzenView& mixture, std::size_t n);
/** points: rows of n numbers; out: [n]. n is not 0. */
void parzen_log_pdf(const Queue& queue, const ParzenView& mixture, const double* points,
                    std::size_t n, void* workspace, double* out);
/** out: [n, parameters]. Neither is 0. */
void parzen_sample(const Queue& queue, const ParzenView& mixture, std::uint64_t seed,
                   std::uint64_t step, std::size_t n, double* out);

// --- dropout.cu

void dropout(const Queue& queue, const DropoutMask& mask, const float* x, float* y, std::size_t n);

// --- optimizer.cu. `segments` is host memory.

void optimizer_init(const Queue& queue, const OptimizerSpec& spec, float* state, std::size_t n);
void optimizer_step(const Queue& queue, const OptimizerSpec& spec, std::uint64_t iteration,
                    std::span<const RegularizedSegment> segments, float* dw, float* w, float* state,
                    std::size_t n);
double regularization_loss(const Queue& queue, std::span<const RegularizedSegment> segments,
                           const float* w, std::size_t n);

// --- network.cpp. As the functions of the same names in network.h; plans[i] is that of specs[i].

std::vector<std::unique_ptr<NetworkEngine>> make_networks(const Device& device,
                                                          std::span<const NetworkSpec> specs,
                                                          std::span<const NetworkPlan* const> plans,
                                                          std::shared_ptr<MemoryBudget> budget);
std::vector<Metrics> train_epoch(std::span<NetworkEngine* const> networks, const Dataset& data,
                                 const EpochOptions& options);
std::vector<Metrics> evaluate(std::span<NetworkEngine* const> networks, const Dataset& data,
                              int batch_size, const std::atomic<bool>* cancelled);

}  // namespace trialforge::cuda
