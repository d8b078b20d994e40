#include "cuda/product_kernel.h"

namespace trialforge::cuda {

void launch_float32_product(const Queue& queue, ProductTile tile, dim3 grid,
                            const BlockedProduct& product) {
  launch_product<Float32Policy>(queue, tile, grid, product);
}

}  // namespace trialforge::cuda
