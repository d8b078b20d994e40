// Convolutions group of images by group of images: the convolution itself by the algorithm that
// suits its shape, activation and pooling while the group is in the cache.
#include <algorithm>
#include <cstring>

#include "cpu/conv2d_direct.h"
#include "cpu/conv2d_winograd.h"
#include "cpu/ops.h"
#include "cpu/partition.h"

namespace trialforge::cpu {
namespace {

constexpr int kFewGroups = 8;  // fewer do not keep the threads busy: each is cut into pieces then
constexpr int kForwardParts = 64;             // runs of groups, whose next one is known
constexpr int kMinParts = 8, kMaxParts = 16;  // sums of filter gradients, added in this fixed order
constexpr std::size_t kMaxPartFloats = std::size_t{1} << 24;  // of all those sums

template <typename Shape>
Shape with_batch(Shape shape, int batch) {
  shape.batch = batch;
  return shape;
}

/** Floats of one image on each side of a block. */
struct ImageFloats {
  explicit ImageFloats(const Conv2dBlock& block) {
    const Conv2dShape conv = with_batch(block.conv, 1);
    x = conv.x_size();
    y = conv.y_size();
    if (block.pool) pooled = with_batch(*block.pool, 1).y_size();
  }
  std::size_t x, y, pooled = 0;
};

/** Groups of consecutive images. */
struct Groups {
  int batch, images;
  int count() const noexcept { return static_cast<int>(divide_up(batch, images)); }
  Range range(std::int64_t group) const noexcept {
    return {group * images, std::min<std::int64_t>(batch, (group + 1) * images)};
  }
  /** The x of a group, nothing behind the last one. */
  Ahead ahead(const float* x, std::size_t image, std::int64_t group) const noexcept {
    if (x == nullptr || group >= count()) return {};
    const Range images_of = range(group);
    return {x + images_of.begin * image, images_of.size() * image};
  }
};

template <typename T>
T* offset(T* pointer, std::int64_t by) {
  return pointer == nullptr ? nullptr : pointer + by;
}

void pool_images(const Conv2dBlock& block, const ImageFloats& image, int images, const float* y,
                 float* pooled, std::int32_t* argmax, const Pieces& pieces) {
  const Kernels& k = kernels();
  pieces.each(images, [&](std::int64_t b) {
    if (block.pool_kind == PoolKind::max) {
      k.max_pool_forward(*block.pool, y + b * image.y, pooled + b * image.pooled,
                         offset(argmax, b * image.pooled));
    } else {
      k.average_pool_forward(*block.pool, y + b * image.y, pooled + b * image.pooled);
    }
  });
}

template <typename Algorithm>
void forward_by(ThreadPool& pool, const Conv2dBlock& block, const float* x, const float* w,
                const float* bias, const Conv2dBlockOutputs& outputs) {
  const Conv2dShape& s = block.conv;
  const ImageFloats image(block);
  Pieces pieces = Pieces::in_turn();
  Groups groups{s.batch, Algorithm(s, pieces).group_images()};
  const bool together = groups.count() < kFewGroups;
  if (together) pieces = Pieces::over(pool);
  const Algorithm algorithm(s, pieces);
  groups.images = algorithm.group_images();

  const std::size_t own = outputs.y == nullptr ? groups.images * image.y : 0;
  pool.reserve(algorithm.filter_floats(), own + algorithm.forward_scratch());
  float* const filter = pool.shared_scratch();
  algorithm.pack_filter(pool, w, filter);
  const auto run = [&](std::int64_t group, std::int64_t next, int worker) {
    const Range range = groups.range(group);
    const int images = static_cast<int>(range.size());
    float* const scratch = pool.worker_scratch(worker);
    float* const y = outputs.y == nullptr ? scratch : outputs.y + range.begin * image.y;
    algorithm.forward({.images = images,
                       .x = x + range.begin * image.x,
                       .filter = filter,
                       .bias = bias,
                       .activation = block.activation,
                       .y = y,
                       .ahead = groups.ahead(x, image.x, next)},
                      scratch + own);
    if (!block.pool) return;
    pool_images(block, image, images, y, outputs.pooled + range.begin * image.pooled,
                offset(outputs.argmax, range.begin * image.pooled), pieces);
  };
  const int parts = together ? 1 : std::min(groups.count(), kForwardParts);
  const auto run_part = [&](std::int64_t index, int worker) {
    const Range own_groups = part(groups.count(), parts, index);
    for (std::int64_t group = own_groups.begin; group < own_groups.end; ++group) {
      run(group, group + 1 < own_groups.end ? group + 1 : groups.count(), worker);
    }
  };
  if (together) {
    run_part(0, 0);
  } else {
    pool.parallel_for(parts, run_part);
  }
}

/** The gradient before activation and pooling. */
class PreActivationGradient {
 public:
  PreActivationGradient(const Conv2dBlock& block, const Conv2dBlockOutputs& outputs,
                        const float* dy)
      : block_(block), outputs_(outputs), dy_(dy), image_(block) {}

  std::size_t scratch(int images) const {
    return given() ? 0 : static_cast<std::size_t>(images) * image_.y + rounded_pooled();
  }

  /** Of `images`: dy itself where it is given, else made in `scratch`. */
  const float* make(Range images, float* scratch, const Pieces& pieces) const {
    if (given()) return dy_ + images.begin * image_.y;
    const Kernels& k = kernels();
    float* const gradient = scratch + rounded_pooled();
    if (!block_.pool) {
      pieces.each(images.size(), [&](std::int64_t i) {
        const std::int64_t at = (images.begin + i) * image_.y;
        k.activation_backward(block_.activation, outputs_.y + at, dy_ + at, gradient + i * image_.y,
                              image_.y);
      });
      return gradient;
    }
    for (std::int64_t b = images.begin; b < images.end; ++b) {
      unpool(b, scratch, gradient + (b - images.begin) * image_.y);
    }
    return gradient;
  }

 private:
  bool given() const { return !block_.pool && block_.activation == Activation::linear; }
  std::size_t rounded_pooled() const { return (image_.pooled + 15) / 16 * 16; }

  void unpool(std::int64_t b, float* pooled_scratch, float* gradient) const {
    const Kernels& k = kernels();
    const float* dy = dy_ + b * image_.pooled;
    if (block_.pool_kind == PoolKind::max) {
      // The largest pixel's slope is that of the pooled output itself.
      if (block_.activation != Activation::linear) {
        k.activation_backward(block_.activation, outputs_.pooled + b * image_.pooled, dy,
                              pooled_scratch, image_.pooled);
        dy = pooled_scratch;
      }
      k.max_pool_backward(*block_.pool, dy, outputs_.argmax + b * image_.pooled, gradient);
      return;
    }
    std::memset(gradient, 0, image_.y * sizeof(float));
    k.average_pool_backward(*block_.pool, dy, gradient);
    if (block_.activation != Activation::linear) {
      k.activation_backward(block_.activation, outputs_.y + b * image_.y, gradient, gradient,
                            image_.y);
    }
  }

  const Conv2dBlock& block_;
  const Conv2dBlockOutputs& outputs_;
  const float* dy_;
  ImageFloats image_;
};

template <typename Algorithm>
void backward_by(ThreadPool& pool, const Conv2dBlock& block, const float* x, const float* w,
                 const Conv2dBlockOutputs& outputs, const Conv2dBlockGradients& gradients) {
  const Conv2dShape& s = block.conv;
  const Kernels& k = kernels();
  const ImageFloats image(block);
  const int n = s.out_channels;
  const bool wants_dw = gradients.dw != nullptr, wants_dx = gradients.dx != nullptr;
  Pieces pieces = Pieces::in_turn();
  const Algorithm spread(s, pieces);
  Groups groups{s.batch, spread.group_images()};
  // One task per sum of filter gradients; where those would take too much memory, one sum.
  const std::size_t part_floats = spread.gradient_floats() + (n + 15) / 16 * 16;
  int parts = std::clamp(groups.count() / 4, std::min(groups.count(), kMinParts), kMaxParts);
  const bool together =
      groups.count() < kFewGroups || (wants_dw && parts * part_floats > kMaxPartFloats);
  if (together) {
    pieces = Pieces::over(pool);
    parts = 1;
  } else if (!wants_dw) {
    parts = groups.count();
  }
  const Algorithm algorithm(s, pieces);
  groups.images = algorithm.group_images();

  const PreActivationGradient pre_activation(block, outputs, gradients.dy);
  const std::size_t own = (pre_activation.scratch(groups.images) + 15) / 16 * 16;
  const std::size_t turned_floats =
      wants_dx ? (algorithm.turned_filter_floats() + 15) / 16 * 16 : 0;
  pool.reserve(turned_floats + (wants_dw ? parts * part_floats : 0),
               own + algorithm.backward_scratch());
  float* const turned = pool.shared_scratch();
  float* const sums = turned + turned_floats;  // [parts, gradient + dbias]
  if (wants_dx) algorithm.pack_turned_filter(pool, w, turned);

  const auto run = [&](std::int64_t task, int worker) {
    float* const scratch = pool.worker_scratch(worker);
    float* const sum = sums + task * part_floats;
    float* const dbias = sum + algorithm.gradient_floats();
    if (wants_dw) std::fill(dbias, dbias + n, 0.0f);
    const Range own_groups = part(groups.count(), parts, task);
    for (std::int64_t group = own_groups.begin; group < own_groups.end; ++group) {
      const Range range = groups.range(group);
      const float* const dy = pre_activation.make(range, scratch, pieces);
      if (gradients.dbias != nullptr) {
        k.add_rows(dy, range.size() * (image.y / n), n, dbias);
      }
      algorithm.backward({.images = static_cast<int>(range.size()),
                          .x = x + range.begin * image.x,
                          .dy = dy,
                          .turned_filter = wants_dx ? turned : nullptr,
                          .dx = offset(gradients.dx, range.begin * image.x),
                          .gradient = wants_dw ? sum : nullptr,
                          .accumulate = group != own_groups.begin,
                          .ahead = groups.ahead(x, image.x, group + 1)},
                         scratch + own);
      if (!wants_dx || gradients.x_activation == Activation::linear) continue;
      pieces.each(range.size(), [&](std::int64_t i) {
        const std::int64_t at = (range.begin + i) * image.x;
        k.activation_backward(gradients.x_activation, x + at, gradients.dx + at, gradients.dx + at,
                              image.x);
      });
    }
  };
  if (together) {
    run(0, 0);
  } else {
    pool.parallel_for(parts, run);
  }
  if (!wants_dw) return;
  algorithm.finish_filter(pool, sums, parts, part_floats, gradients.dw);
  if (gradients.dbias != nullptr) {
    k.sum_parts(sums + algorithm.gradient_floats(), parts, part_floats, gradients.dbias, n);
  }
}

}  // namespace

void conv2d_block_forward(ThreadPool& pool, const Conv2dBlock& block, const float* x,
                          const float* w, const float* bias, const Conv2dBlockOutputs& outputs) {
  if (block.conv.batch == 0) return;
  if (WinogradConvolution::suits(block.conv)) {
    forward_by<WinogradConvolution>(pool, block, x, w, bias, outputs);
  } else {
    forward_by<DirectConvolution>(pool, block, x, w, bias, outputs);
  }
}

void conv2d_block_backward(ThreadPool& pool, const Conv2dBlock& block, const float* x,
                           const float* w, const Conv2dBlockOutputs& outputs,
                           const Conv2dBlockGradients& gradients) {
  if (block.conv.batch == 0) {
    if (gradients.dw != nullptr) std::fill_n(gradients.dw, block.conv.w_size(), 0.0f);
    if (gradients.dbias != nullptr) std::fill_n(gradients.dbias, block.conv.out_channels, 0.0f);
  } else if (WinogradConvolution::suits(block.conv)) {
    backward_by<WinogradConvolution>(pool, block, x, w, outputs, gradients);
  } else {
    backward_by<DirectConvolution>(pool, block, x, w, outputs, gradients);
  }
}

}  // namespace trialforge::cpu
