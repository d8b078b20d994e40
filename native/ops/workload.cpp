#include "trialforge/workload.h"

#include <cstdint>
#include <memory>

#include "ops/check.h"
#include "ops/network_costs.h"
#include "trialforge/buffer.h"
#include "trialforge/dropout.h"

namespace trialforge {
namespace {

/** `size` floats between -0.08 and 0.08 on a device; any copy of the handle keeps them alive. */
class Operand {
 public:
  Operand(const Device& device, std::size_t size)
      : buffer_(std::make_shared<Buffer>(device, size * sizeof(float))) {
    std::vector<float> values(size);
    for (std::size_t i = 0; i < size; ++i) values[i] = static_cast<float>(i % 17) * 0.01f - 0.08f;
    if (size > 0) buffer_->copy_from_host(values.data(), size * sizeof(float));
  }
  operator std::span<float>() const { return buffer_->as<float>(); }
  operator std::span<const float>() const { return buffer_->as<float>(); }

 private:
  std::shared_ptr<Buffer> buffer_;
};

/** `size` zeros. */
class Indices {
 public:
  Indices(const Device& device, std::size_t size)
      : buffer_(std::make_shared<Buffer>(device, size * sizeof(std::int32_t))) {}
  operator std::span<std::int32_t>() const { return buffer_->as<std::int32_t>(); }
  operator std::span<const std::int32_t>() const { return buffer_->as<std::int32_t>(); }

 private:
  std::shared_ptr<Buffer> buffer_;
};

double bytes_of(std::initializer_list<std::size_t> floats) {
  double bytes = 0;
  for (const std::size_t size : floats) bytes += sizeof(float) * static_cast<double>(size);
  return bytes;
}

}  // namespace

std::vector<Workload> conv2d_workloads(const Device& device, const Conv2dShape& shape,
                                       Activation activation, Precision precision) {
  shape.validate();
  const double flops = 2.0 * static_cast<double>(shape.y_size()) * shape.kernel_height *
                       shape.kernel_width * shape.in_channels;
  const double bytes = bytes_of({shape.x_size(), shape.w_size(), shape.y_size()});
  const std::size_t channels = static_cast<std::size_t>(shape.out_channels);
  return {
      {"forward", flops, bytes,
       [=] {
         const Operand x(device, shape.x_size()), w(device, shape.w_size());
         const Operand bias(device, channels), y(device, shape.y_size());
         return [=] { conv2d_forward(device, shape, x, w, bias, activation, y, precision); };
       }},
      {"backward filter", flops, bytes,
       [=] {
         const Operand x(device, shape.x_size()), dy(device, shape.y_size());
         const Operand dw(device, shape.w_size()), dbias(device, channels);
         return [=] { conv2d_backward_filter(device, shape, x, dy, dw, dbias, precision); };
       }},
      {"backward input", flops, bytes,
       [=] {
         const Operand dy(device, shape.y_size()), w(device, shape.w_size());
         const Operand dx(device, shape.x_size());
         return [=] { conv2d_backward_input(device, shape, dy, w, dx, precision); };
       }},
  };
}

std::vector<Workload> dense_workloads(const Device& device, const DenseShape& shape,
                                      Activation activation, Precision precision) {
  shape.validate();
  const double flops = 2.0 * shape.batch * static_cast<double>(shape.w_size());
  const double bytes = bytes_of({shape.x_size(), shape.w_size(), shape.y_size()});
  const std::size_t units = static_cast<std::size_t>(shape.out_features);
  return {
      {"forward", flops, bytes,
       [=] {
         const Operand x(device, shape.x_size()), w(device, shape.w_size());
         const Operand bias(device, units), y(device, shape.y_size());
         return [=] { dense_forward(device, shape, x, w, bias, activation, y, precision); };
       }},
      {"backward weights", flops, bytes,
       [=] {
         const Operand x(device, shape.x_size()), dy(device, shape.y_size());
         const Operand dw(device, shape.w_size()), dbias(device, units);
         return [=] { dense_backward_weights(device, shape, x, dy, dw, dbias, precision); };
       }},
      {"backward input", flops, bytes,
       [=] {
         const Operand dy(device, shape.y_size()), w(device, shape.w_size());
         const Operand dx(device, shape.x_size());
         return [=] { dense_backward_input(device, shape, dy, w, dx, precision); };
       }},
  };
}

std::vector<Workload> pool2d_workloads(const Device& device, PoolKind kind,
                                       const Pool2dShape& shape) {
  shape.validate();
  if (kind == PoolKind::average) {
    const double bytes = bytes_of({shape.x_size(), shape.y_size()});
    return {
        {"forward", 0, bytes,
         [=] {
           const Operand x(device, shape.x_size()), y(device, shape.y_size());
           return [=] { average_pool2d_forward(device, shape, x, y); };
         }},
        {"backward", 0, bytes,
         [=] {
           const Operand dy(device, shape.y_size()), dx(device, shape.x_size());
           return [=] { average_pool2d_backward(device, shape, dy, dx); };
         }},
    };
  }
  const double bytes = bytes_of({shape.x_size(), shape.y_size(), shape.y_size()});
  return {
      {"forward", 0, bytes,
       [=] {
         const Operand x(device, shape.x_size()), y(device, shape.y_size());
         const Indices argmax(device, shape.y_size());
         return [=] { max_pool2d_forward(device, shape, x, y, argmax); };
       }},
      {"backward", 0, bytes,
       [=] {
         const Operand x(device, shape.x_size()), y(device, shape.y_size());
         const Indices argmax(device, shape.y_size());
         max_pool2d_forward(device, shape, x, y, argmax);
         return [=] { max_pool2d_backward(device, shape, y, argmax, x); };
       }},
  };
}

std::vector<Workload> depthwise_conv2d_workloads(const Device& device,
                                                 const DepthwiseConv2dShape& shape) {
  shape.validate();
  const double flops =
      2.0 * static_cast<double>(shape.y_size()) * shape.kernel_height * shape.kernel_width;
  const double bytes = bytes_of({shape.x_size(), shape.w_size(), shape.y_size()});
  return {
      {"forward", flops, bytes,
       [=] {
         const Operand x(device, shape.x_size()), w(device, shape.w_size());
         const Operand y(device, shape.y_size());
         return [=] { depthwise_conv2d_forward(device, shape, x, w, y); };
       }},
      {"backward filter", flops, bytes,
       [=] {
         const Operand x(device, shape.x_size()), dy(device, shape.y_size());
         const Operand dw(device, shape.w_size());
         return [=] { depthwise_conv2d_backward_filter(device, shape, x, dy, dw); };
       }},
      {"backward input", flops, bytes,
       [=] {
         const Operand dy(device, shape.y_size()), w(device, shape.w_size());
         const Operand dx(device, shape.x_size());
         return [=] { depthwise_conv2d_backward_input(device, shape, dy, w, dx); };
       }},
  };
}

std::vector<Workload> mat_mul_workloads(const Device& device, const MatMulShape& shape,
                                        Precision precision) {
  shape.validate();
  const double flops = 2.0 * static_cast<double>(shape.y_size()) * shape.k;
  return {{"forward", flops, bytes_of({shape.a_size(), shape.b_size(), shape.y_size()}), [=] {
             const Operand a(device, shape.a_size()), b(device, shape.b_size());
             const Operand y(device, shape.y_size());
             return [=] { mat_mul(device, shape, a, b, {}, Activation::linear, y, precision); };
           }}};
}

std::vector<Workload> activation_workloads(const Device& device, Activation activation,
                                           std::size_t size) {
  return {
      {"forward", 0, bytes_of({size, size}),
       [=] {
         const Operand x(device, size), y(device, size);
         return [=] { activation_forward(device, activation, x, y); };
       }},
      {"backward", 0, bytes_of({size, size, size}),
       [=] {
         const Operand y(device, size), dy(device, size), dx(device, size);
         return [=] { activation_backward(device, activation, y, dy, dx); };
       }},
  };
}

std::vector<Workload> dropout_workloads(const Device& device, std::size_t size) {
  return {{"forward", 0, bytes_of({size, size}), [=] {
             const Operand x(device, size), y(device, size);
             return [=] { dropout(device, {.rate = 0.5f}, x, y); };
           }}};
}

std::vector<Workload> softmax_cross_entropy_workloads(const Device& device,
                                                      const SoftmaxShape& shape) {
  require(shape.batch >= 0, "softmax: batch must be 0 or more, not " + std::to_string(shape.batch));
  require_positive("softmax: classes", shape.classes);
  const std::size_t rows = static_cast<std::size_t>(shape.batch);
  const std::size_t size = checked_size("softmax: logits", {shape.batch, shape.classes});
  return {{"forward and backward", 0, bytes_of({size, size, rows, rows, rows}), [=] {
             const Operand logits(device, size), dlogits(device, size);
             const Operand loss(device, rows), correct(device, rows);
             const Indices labels(device, rows);
             return [=] {
               softmax_cross_entropy_sparse(device, shape, logits, labels, 1.0f / shape.batch, loss,
                                            correct, dlogits);
             };
           }}};
}

std::vector<Workload> optimizer_workloads(const Device& device, const OptimizerSpec& spec,
                                          std::size_t weights) {
  spec.validate();
  return {{"update", 0, optimizer_bytes(spec, weights), [=] {
             const Operand dw(device, weights), w(device, weights);
             const Operand state(device, weights * static_cast<std::size_t>(spec.slots()));
             optimizer_init(device, spec, state);
             return [=] { optimizer_step(device, spec, 1, {}, dw, w, state); };
           }}};
}

}  // namespace trialforge
