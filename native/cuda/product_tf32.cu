#include "cuda/product_kernel.h"

namespace trialforge::cuda {

void launch_tf32_product(const Queue& queue, ProductTile tile, dim3 grid,
                         const BlockedProduct& product) {
  launch_product<Tf32Policy>(queue, tile, grid, product);
}

}  // namespace trialforge::cuda
