#include "cuda/product_kernel.h"

namespace trialforge::cuda {

void launch_bfloat16_product(const Queue& queue, ProductTile tile, dim3 grid,
                             const BlockedProduct& product) {
  launch_product<Bfloat16Policy>(queue, tile, grid, product);
}

}  // namespace trialforge::cuda
