// Three products; the sums of the forward pass are long and its results few, so it is split.
#include <algorithm>
#include <cstddef>

#include "cuda/backend.h"
#include "cuda/product.h"

namespace trialforge::cuda {
namespace {

Product forward_product(const Trials& trials, const DenseShape& s, const float* x, const float* w) {
  Product product{.form = ProductForm::nn, .batch = trials.count};
  product.left = plain_matrix(x, s.x_size(), s.batch, s.in_features);
  product.right = {.data = w, .batch_stride = trials.weight_stride, .n = s.out_features};
  return product;
}

Product input_gradient_product(const Trials& trials, const DenseShape& s, const float* dy,
                               const float* w) {
  Product product{.form = ProductForm::nt, .batch = trials.count};
  product.left = plain_matrix(dy, s.y_size(), s.batch, s.out_features);
  product.right = {.data = w, .batch_stride = trials.weight_stride, .n = s.in_features};
  return product;
}

Product weight_gradient_product(const Trials& trials, const DenseShape& s, const float* x,
                                const float* dy, float* dbias) {
  Product product{.form = ProductForm::tn, .batch = trials.count};
  product.left = plain_matrix(x, s.x_size(), s.batch, s.in_features);
  product.right = {.data = dy, .batch_stride = s.y_size(), .n = s.out_features};
  product.result.column_sums = dbias;
  product.result.column_sums_stride = trials.weight_stride;
  return product;
}

}  // namespace

void dense_forward(const Queue& queue, const Trials& trials, Precision precision,
                   const DenseShape& s, const float* x, const float* w, const float* bias,
                   Activation activation, float* y, float* workspace, const TrialDropout& dropout) {
  Product product = forward_product(trials, s, x, w);
  product.result = {.data = y,
                    .batch_stride = s.y_size(),
                    .bias = bias,
                    .bias_stride = trials.weight_stride,
                    .activation = activation,
                    .dropout = dropout};
  multiply(queue, precision, product, workspace);
}

std::size_t dense_workspace(const Trials& trials, Precision, const DenseShape& s) {
  float sums;
  return std::max({product_workspace(forward_product(trials, s, nullptr, nullptr)),
                   product_workspace(input_gradient_product(trials, s, nullptr, nullptr)),
                   product_workspace(weight_gradient_product(trials, s, nullptr, nullptr, &sums))});
}

void dense_backward_input(const Queue& queue, const Trials& trials, Precision precision,
                          const DenseShape& s, const float* dy, const float* w,
                          const InputOrigin& origin, float* dx, float* workspace) {
  Product product = input_gradient_product(trials, s, dy, w);
  product.result = input_gradient(dx, s.x_size(), origin);
  multiply(queue, precision, product, workspace);
}

void dense_backward_weights(const Queue& queue, const Trials& trials, Precision precision,
                            const DenseShape& s, const float* x, const float* dy, float* dw,
                            float* dbias, float* workspace) {
  Product product = weight_gradient_product(trials, s, x, dy, dbias);
  product.result.data = dw;
  product.result.batch_stride = trials.weight_stride;
  multiply(queue, precision, product, workspace);
}

}  // namespace trialforge::cuda
