#include "passes.h"

#include "tensor.h"

namespace trialforge::bench {

void add_conv2d(const Device& device, const std::string& name, const Conv2dShape& shape,
                Activation activation, bool input_gradient, std::vector<Case>& cases) {
  const std::vector<Field> fields = {
      {"batch", shape.batch},
      {"inHeight", shape.in_height},
      {"inWidth", shape.in_width},
      {"inChannels", shape.in_channels},
      {"kernelHeight", shape.kernel_height},
      {"kernelWidth", shape.kernel_width},
      {"outChannels", shape.out_channels},
      {"stride", shape.stride_height},
      {"outHeight", shape.out_height()},
      {"outWidth", shape.out_width()},
  };
  const double flops = 2.0 * static_cast<double>(shape.y_size()) * shape.kernel_height *
                       shape.kernel_width * shape.in_channels;
  const double bytes = 4.0 * static_cast<double>(shape.x_size() + shape.w_size() + shape.y_size());
  const std::size_t channels = static_cast<std::size_t>(shape.out_channels);
  cases.push_back({name, "forward", fields, flops, bytes, 0, [=] {
                     const Tensor x(device, shape.x_size()), w(device, shape.w_size());
                     const Tensor bias(device, channels), y(device, shape.y_size());
                     return [=] { conv2d_forward(device, shape, x, w, bias, activation, y); };
                   }});
  cases.push_back({name, "backward filter", fields, flops, bytes, 0, [=] {
                     const Tensor x(device, shape.x_size()), dy(device, shape.y_size());
                     const Tensor dw(device, shape.w_size()), dbias(device, channels);
                     return [=] { conv2d_backward_filter(device, shape, x, dy, dw, dbias); };
                   }});
  if (!input_gradient) return;
  cases.push_back({name, "backward input", fields, flops, bytes, 0, [=] {
                     const Tensor dy(device, shape.y_size()), w(device, shape.w_size());
                     const Tensor dx(device, shape.x_size());
                     return [=] { conv2d_backward_input(device, shape, dy, w, dx); };
                   }});
}

void add_dense(const Device& device, const std::string& name, const DenseShape& shape,
               Activation activation, std::vector<Case>& cases) {
  const std::vector<Field> fields = {{"batch", shape.batch},
                                     {"inFeatures", shape.in_features},
                                     {"outFeatures", shape.out_features}};
  const double flops = 2.0 * shape.batch * static_cast<double>(shape.w_size());
  const double bytes = 4.0 * static_cast<double>(shape.x_size() + shape.w_size() + shape.y_size());
  const std::size_t units = static_cast<std::size_t>(shape.out_features);
  cases.push_back({name, "forward", fields, flops, bytes, 0, [=] {
                     const Tensor x(device, shape.x_size()), w(device, shape.w_size());
                     const Tensor bias(device, units), y(device, shape.y_size());
                     return [=] { dense_forward(device, shape, x, w, bias, activation, y); };
                   }});
  cases.push_back({name, "backward weights", fields, flops, bytes, 0, [=] {
                     const Tensor x(device, shape.x_size()), dy(device, shape.y_size());
                     const Tensor dw(device, shape.w_size()), dbias(device, units);
                     return [=] { dense_backward_weights(device, shape, x, dy, dw, dbias); };
                   }});
  cases.push_back({name, "backward input", fields, flops, bytes, 0, [=] {
                     const Tensor dy(device, shape.y_size()), w(device, shape.w_size());
                     const Tensor dx(device, shape.x_size());
                     return [=] { dense_backward_input(device, shape, dy, w, dx); };
                   }});
}

}  // namespace trialforge::bench
