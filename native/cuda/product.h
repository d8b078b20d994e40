// Products of matrices, and of matrices that are seen through the window of a convolution: what
// dense, mat_mul and conv2d are made of.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/backend.h"
#include "cuda/device/max_unpooling.cuh"
#include "cuda/device/window_matrix.cuh"

namespace trialforge::cuda {

/** What is multiplied; "left" is Product::left, a matrix [pixels, depth]. */
enum class ProductForm {
  nn,  // y[pixels, n] = left right, right [depth, n] without the channels that fill up
  nt,  // y[pixels, n] = left right^T, right [n, channels] for each tap
  tn,  // y[depth, n] = left^T right, right [pixels, n], without the rows that fill up
};

/**
 * y = dropout(activation(product + bias)); or with `pools` dropout of the largest of every four
 * rows; or, given a gate or an unpooling, unpooling(dropout(product * f'(gate))) with f =
 * gate_activation.
 */
struct ProductResult {
  float* data = nullptr;
  std::size_t batch_stride = 0;
  const float* bias = nullptr;  // [n] or null
  std::size_t bias_stride = 0;
  Activation activation = Activation::linear;
  const float* gate = nullptr;  // like the product, or null
  Activation gate_activation = Activation::linear;
  bool pools = false;
  std::int32_t* argmax = nullptr;       // like data, or null: position in the image that was pooled
  int image_width = 0;                  // of that image
  device::MaxUnpooling unpooling = {};  // of windows that are like the product
  TrialDropout dropout = {};
  float* column_sums = nullptr;  // [n] or null: of right, in form tn
  std::size_t column_sums_stride = 0;
};

/** `batch` products of the same sizes. */
struct Product {
  ProductForm form = ProductForm::nn;
  device::WindowMatrix left = {};
  device::RightMatrix right = {};
  ProductResult result = {};
  int batch = 1;

  std::size_t rows() const noexcept;     // of the result
  std::size_t columns() const noexcept;  // likewise
};

/** The matrix [rows, columns] at `data`; or [columns, rows] at `data`, transposed. */
device::WindowMatrix plain_matrix(const float* data, std::size_t batch_stride, int rows,
                                  int columns, bool is_transposed = false);

/** The gradient of an input x of `size` elements a problem, as a result in form nt. */
ProductResult input_gradient(float* dx, std::size_t size, const InputOrigin& origin);

/** Whether it halves images by windows of 2x2 that are whole. */
bool pools_in_halves(const Pool2dShape& pool) noexcept;

/** What the product needs to be split along its sum; 0 if it will not be. */
std::size_t product_workspace(const Product& product);

/** Without workspace it is not split. Nothing in it depends on `batch` but how much is computed. */
void multiply(const Queue& queue, Precision precision, Product product, float* workspace = nullptr);

}  // namespace trialforge::cuda
