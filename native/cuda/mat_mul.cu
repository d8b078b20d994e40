#include <cstddef>

#include "cuda/backend.h"
#include "cuda/product.h"

namespace trialforge::cuda {
namespace {

ProductForm form_of(const MatMulShape& s) {
  // Both transposed, the left one is read column by column, element by element.
  if (s.transpose_b) return ProductForm::nt;
  return s.transpose_a ? ProductForm::tn : ProductForm::nn;
}

std::size_t stride_of(int batch, int rows, int columns) {
  return batch == 1 ? 0 : static_cast<std::size_t>(rows) * columns;
}

}  // namespace

void mat_mul(const Queue& queue, Precision precision, const MatMulShape& shape, const float* a,
             const float* b, const float* bias, Activation activation, float* y) {
  MatMulShape s = shape;
  if (s.batch_b == 1 && !s.transpose_a) {
    s.m *= s.batch_a;
    s.batch_a = 1;
  }
  Product product{.form = form_of(s), .batch = s.batch()};
  const std::size_t a_stride = stride_of(s.batch_a, s.m, s.k);
  product.left = product.form == ProductForm::tn
                     ? plain_matrix(a, a_stride, s.k, s.m)
                     : plain_matrix(a, a_stride, s.m, s.k, s.transpose_a);
  product.right = {.data = b, .batch_stride = stride_of(s.batch_b, s.k, s.n), .n = s.n};
  product.result = {.data = y,
                    .batch_stride = static_cast<std::size_t>(s.m) * s.n,
                    .bias = bias,
                    .activation = activation};
  multiply(queue, precision, product);
}

}  // namespace trialforge::cuda
