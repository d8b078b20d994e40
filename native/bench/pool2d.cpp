// Poolings of real networks and of the paper's.
#include "trialforge/pool2d.h"

#include "case.h"
#include "passes.h"

namespace trialforge::bench {
namespace {

struct Layer {
  std::string name;
  PoolKind kind;
  int batch, size, channels, pool, stride;  // images and windows are square
  Padding padding = Padding::valid;
};

/** Where a network pads in a way of its own, 'same' gives the same sizes and the same work. */
std::vector<Layer> layers() {
  constexpr PoolKind max = PoolKind::max, average = PoolKind::average;
  return {
      {"paper", max, 128, 24, 64, 2, 2},
      {"paper", max, 32, 24, 64, 2, 2},
      {"paper", average, 128, 24, 64, 2, 2},
      // Krizhevsky 2014, as torchvision has it
      {"AlexNet pool1", max, 32, 55, 64, 3, 2},
      {"VGG-16 pool2", max, 8, 112, 128, 2, 2},
      {"ResNet-50 pool", max, 32, 112, 64, 3, 2, Padding::same},
      {"ResNet-50 global", average, 32, 7, 2048, 7, 7},
      // Huang et al. 2017
      {"DenseNet-121 transition", average, 32, 56, 128, 2, 2},
  };
}

std::string title(const Layer& layer) {
  const auto text = [](int value) { return std::to_string(value); };
  return layer.name + (layer.kind == PoolKind::max ? ", max " : ", average ") + text(layer.pool) +
         "x" + text(layer.pool) + "/" + text(layer.stride) + ", " + text(layer.size) + "x" +
         text(layer.size) + "x" + text(layer.channels) + ", batch " + text(layer.batch);
}

Pool2dShape shape(const Layer& layer) {
  return {.batch = layer.batch,
          .in_height = layer.size,
          .in_width = layer.size,
          .channels = layer.channels,
          .pool_height = layer.pool,
          .pool_width = layer.pool,
          .stride_height = layer.stride,
          .stride_width = layer.stride,
          .padding = layer.padding};
}

}  // namespace

std::vector<Case> pool2d_cases(const Target& target) {
  std::vector<Case> cases;
  for (const Layer& layer : layers()) {
    add_pool2d(target, title(layer), layer.kind, shape(layer), cases);
  }
  return cases;
}

}  // namespace trialforge::bench
