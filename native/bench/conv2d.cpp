// Convolutions of real networks and of the paper's.
#include "trialforge/conv2d.h"

#include "case.h"
#include "passes.h"

namespace trialforge::bench {
namespace {

struct Layer {
  std::string name;
  int batch, size, in_channels, kernel, out_channels;  // images and kernels are square
  int stride = 1;
  Padding padding = Padding::same;
};

/** Where a network pads in a way of its own, 'same' gives the same sizes and the same work. */
std::vector<Layer> layers() {
  constexpr Padding valid = Padding::valid;
  return {
      // LeCun et al. 1998
      {"LeNet-5 C1", 128, 32, 1, 5, 6, 1, valid},
      {"LeNet-5 C3", 128, 14, 6, 5, 16, 1, valid},
      // Krizhevsky 2014, as torchvision has it
      {"AlexNet conv1", 32, 227, 3, 11, 64, 4, valid},
      {"AlexNet conv2", 32, 27, 64, 5, 192},
      // Simonyan & Zisserman 2015
      {"VGG-16 conv1_1", 8, 224, 3, 3, 64},
      {"VGG-16 conv1_2", 1, 224, 64, 3, 64},
      {"VGG-16 conv3_2", 8, 56, 256, 3, 256},
      {"VGG-16 conv5_1", 8, 14, 512, 3, 512},
      // He et al. 2016; ResNet-50 with the stride in the 3x3 layer, as torchvision has it
      {"ResNet-18/50 conv1", 8, 224, 3, 7, 64, 2},
      {"ResNet-18 conv2_x", 32, 56, 64, 3, 64},
      {"ResNet-18 conv3_1", 32, 56, 64, 3, 128, 2},
      {"ResNet-18 conv3 shortcut", 32, 56, 64, 1, 128, 2},
      {"ResNet-18 conv4_x", 1, 14, 256, 3, 256},
      {"ResNet-18 conv5_x", 32, 7, 512, 3, 512},
      {"ResNet-50 conv2 reduce", 32, 56, 256, 1, 64},
      {"ResNet-50 conv2 expand", 32, 56, 64, 1, 256},
      {"ResNet-50 conv4_1", 8, 28, 256, 3, 256, 2},
      {"ResNet-50 conv5 reduce", 1, 7, 2048, 1, 512},
      {"ResNet-50 conv5 expand", 32, 7, 512, 1, 2048},
      // Howard et al. 2017
      {"MobileNet pointwise", 32, 14, 512, 1, 512},
      // Samoilova 2024: kernel 3 and 5, strides 1 and 2 of the first layer
      {"paper conv1", 128, 28, 1, 3, 32, 1, valid},
      {"paper conv1", 128, 28, 1, 3, 32, 2, valid},
      {"paper conv1", 128, 28, 1, 5, 32, 1, valid},
      {"paper conv1", 128, 28, 1, 5, 32, 2, valid},
      {"paper conv2", 128, 26, 32, 3, 64, 1, valid},
      {"paper conv2", 128, 13, 32, 3, 64, 1, valid},
      {"paper conv2", 128, 24, 32, 5, 64, 1, valid},
      {"paper conv2", 128, 12, 32, 5, 64, 1, valid},
      {"paper conv2", 32, 26, 32, 3, 64, 1, valid},
      {"paper conv2", 1, 26, 32, 3, 64, 1, valid},
  };
}

std::string title(const Layer& layer) {
  const auto text = [](int value) { return std::to_string(value); };
  const auto square = [&](int value) { return text(value) + "x" + text(value); };
  return layer.name + ", " + square(layer.size) + "x" + text(layer.in_channels) + " to " +
         text(layer.out_channels) + ", " + square(layer.kernel) +
         (layer.stride > 1 ? "/" + text(layer.stride) : "") + ", batch " + text(layer.batch);
}

Conv2dShape shape(const Layer& layer) {
  return {.batch = layer.batch,
          .in_height = layer.size,
          .in_width = layer.size,
          .in_channels = layer.in_channels,
          .kernel_height = layer.kernel,
          .kernel_width = layer.kernel,
          .out_channels = layer.out_channels,
          .stride_height = layer.stride,
          .stride_width = layer.stride,
          .padding = layer.padding};
}

}  // namespace

std::vector<Case> conv2d_cases(const Target& target) {
  std::vector<Case> cases;
  for (const Layer& layer : layers()) {
    add_conv2d(target, title(layer), shape(layer), Activation::linear, true, cases);
  }
  return cases;
}

}  // namespace trialforge::bench
