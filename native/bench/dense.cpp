// Dense layers of the paper's network and of real ones.
#include "trialforge/dense.h"

#include "case.h"
#include "passes.h"

namespace trialforge::bench {
namespace {

struct Layer {
  std::string name;
  int in_features, out_features;
  std::vector<int> batches;
};

std::vector<Layer> layers() {
  return {
      {"paper hidden", 9216, 64, {32, 64, 128}},  {"paper hidden", 9216, 128, {32, 64, 128}},
      {"paper hidden", 9216, 256, {32, 64, 128}}, {"paper hidden", 9216, 512, {32, 64, 128}},
      {"paper output", 128, 10, {128}},           {"paper output", 512, 10, {32}},
      {"VGG-16 fc6", 25088, 4096, {1, 32}},       {"VGG-16 fc7", 4096, 4096, {1, 32}},
      {"ResNet-50 fc", 2048, 1000, {1, 32}},
  };
}

std::string title(const Layer& layer, int batch) {
  return layer.name + ", " + std::to_string(layer.in_features) + " to " +
         std::to_string(layer.out_features) + ", batch " + std::to_string(batch);
}

}  // namespace

std::vector<Case> dense_cases(const Target& target) {
  std::vector<Case> cases;
  for (const Layer& layer : layers()) {
    for (const int batch : layer.batches) {
      add_dense(target, title(layer, batch), {batch, layer.in_features, layer.out_features},
                Activation::linear, cases);
    }
  }
  return cases;
}

}  // namespace trialforge::bench
