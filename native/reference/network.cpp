#include "reference/network.h"

#include "reference/activation.h"
#include "reference/conv2d.h"
#include "reference/dense.h"
#include "reference/dropout.h"
#include "reference/optimizer.h"
#include "reference/pool2d.h"
#include "reference/softmax_cross_entropy.h"

namespace trialforge::reference {

Network::Network(const NetworkSpec& spec)
    : spec_(spec), plan_(plan_network(spec_)), weights_(plan_.parameter_count) {
  std::vector<float> initial(plan_.parameter_count);
  initial_weights(plan_, spec_.seed, initial);
  weights_.assign(initial.begin(), initial.end());
  state_.resize(weights_.size() * spec_.optimizer.slots());
  optimizer_init(spec_.optimizer, state_);
  outputs_.resize(plan_.layers.size());
  argmaxes_.resize(plan_.layers.size());
}

std::vector<double> Network::forward(std::span<const double> x, int batch, bool training) {
  std::vector<double> value(x.begin(), x.end());
  for (std::size_t i = 0; i < plan_.layers.size(); ++i) {
    PlannedLayer layer = plan_.layers[i];
    std::vector<double> y(layer.out_size * batch);
    const std::span<const double> all = weights_;
    const auto w = layer.kernel ? all.subspan(layer.kernel->offset, layer.kernel->size)
                                : std::span<const double>{};
    const auto bias =
        layer.bias ? all.subspan(layer.bias->offset, layer.bias->size) : std::span<const double>{};
    if (std::holds_alternative<Conv2dLayer>(layer.spec)) {
      layer.conv.batch = batch;
      conv2d_forward(layer.conv, value, w, bias, y);
    } else if (std::holds_alternative<DenseLayer>(layer.spec)) {
      layer.dense.batch = batch;
      dense_forward(layer.dense, value, w, bias, y);
    } else if (const auto* pool = std::get_if<Pool2dLayer>(&layer.spec)) {
      layer.pool.batch = batch;
      argmaxes_[i].resize(y.size());
      if (pool->kind == PoolKind::max) {
        max_pool2d_forward(layer.pool, value, y, argmaxes_[i]);
      } else {
        average_pool2d_forward(layer.pool, value, y);
      }
    } else if (const auto* drop = std::get_if<DropoutLayer>(&layer.spec); drop && training) {
      dropout(dropout_mask(spec_, static_cast<int>(i), drop->rate, iterations_), value, y);
    } else {
      y = value;
    }
    value.resize(y.size());
    activation_forward(layer.activation, y, value);
    outputs_[i] = value;
  }
  return value;
}

double Network::loss_of(const std::vector<double>& logits, std::span<const std::int32_t> labels,
                        std::vector<double>& dlogits) const {
  const int batch = static_cast<int>(labels.size());
  std::vector<double> loss(batch), correct(batch);
  dlogits.resize(logits.size());
  softmax_cross_entropy_sparse({batch, plan_.classes}, logits, labels, 1.0 / batch, loss, correct,
                               dlogits);
  double total = 0;
  for (const double l : loss) total += l;
  return total / batch;
}

double Network::loss(std::span<const double> x, std::span<const std::int32_t> labels,
                     bool training) {
  std::vector<double> dlogits;
  return loss_of(forward(x, static_cast<int>(labels.size()), training), labels, dlogits);
}

double Network::gradient(std::span<const double> x, std::span<const std::int32_t> labels,
                         std::vector<double>& gradient) {
  const int batch = static_cast<int>(labels.size());
  std::vector<double> dy;
  const double loss = loss_of(forward(x, batch, true), labels, dy);
  gradient.assign(weights_.size(), 0);
  for (int i = static_cast<int>(plan_.layers.size()) - 1; i >= 0; --i) {
    PlannedLayer layer = plan_.layers[i];
    const std::vector<double> input =
        i == 0 ? std::vector<double>(x.begin(), x.end()) : outputs_[i - 1];
    std::vector<double> dz(dy.size()), dx(input.size());
    activation_backward(layer.activation, outputs_[i], dy, dz);
    const std::span<const double> all = weights_;
    const std::span<double> out = gradient;
    const auto w = layer.kernel ? all.subspan(layer.kernel->offset, layer.kernel->size)
                                : std::span<const double>{};
    const auto dw =
        layer.kernel ? out.subspan(layer.kernel->offset, layer.kernel->size) : std::span<double>{};
    const auto dbias =
        layer.bias ? out.subspan(layer.bias->offset, layer.bias->size) : std::span<double>{};
    if (std::holds_alternative<Conv2dLayer>(layer.spec)) {
      layer.conv.batch = batch;
      conv2d_backward_filter(layer.conv, input, dz, dw, dbias);
      conv2d_backward_input(layer.conv, dz, w, dx);
    } else if (std::holds_alternative<DenseLayer>(layer.spec)) {
      layer.dense.batch = batch;
      dense_backward_weights(layer.dense, input, dz, dw, dbias);
      dense_backward_input(layer.dense, dz, w, dx);
    } else if (const auto* pool = std::get_if<Pool2dLayer>(&layer.spec)) {
      layer.pool.batch = batch;
      if (pool->kind == PoolKind::max) {
        max_pool2d_backward(layer.pool, dz, argmaxes_[i], dx);
      } else {
        average_pool2d_backward(layer.pool, dz, dx);
      }
    } else if (const auto* drop = std::get_if<DropoutLayer>(&layer.spec)) {
      dropout(dropout_mask(spec_, i, drop->rate, iterations_), dz, dx);
    } else {
      dx = dz;
    }
    dy = dx;
  }
  return loss;
}

double Network::train(std::span<const double> x, std::span<const std::int32_t> labels) {
  std::vector<double> dw;
  const double loss = gradient(x, labels, dw);
  ++iterations_;
  optimizer_step(spec_.optimizer, iterations_, plan_.segments, dw, weights_, state_);
  return loss;
}

}  // namespace trialforge::reference
