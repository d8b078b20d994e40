#include "trialforge/dataset.h"

#include <cmath>

#include "ops/check.h"

namespace trialforge {

Dataset::Dataset(const Device& device, std::size_t sample_size,
                 std::span<const std::uint8_t> images)
    : Dataset(device, sample_size, images.data(), images.size(), 1) {}

Dataset::Dataset(const Device& device, std::size_t sample_size, std::span<const float> images)
    : Dataset(device, sample_size, images.data(), images.size(), 4) {
  for (std::size_t i = 0; i < images.size(); ++i) {
    require(std::isfinite(images[i]), "dataset: image " + std::to_string(i / sample_size) +
                                          " holds " + std::to_string(images[i]) + " at position " +
                                          std::to_string(i % sample_size));
  }
}

Dataset::Dataset(const Device& device, std::size_t sample_size, const void* images,
                 std::size_t values, int bytes_per_value)
    : device_(device), sample_size_(sample_size), bytes_per_value_(bytes_per_value) {
  require(sample_size >= 1, "dataset: sample_size must be 1 or more");
  require(values % sample_size == 0, "dataset: " + std::to_string(values) +
                                         " values are no multiple of the sample size " +
                                         std::to_string(sample_size));
  size_ = values / sample_size;
  require(size_ < 1u << 31, "dataset: 2^31 samples or more");
  images_ = Buffer(device, values * static_cast<std::size_t>(bytes_per_value));
  images_.copy_from_host(images, images_.bytes());
}

void Dataset::set_labels(std::span<const std::int32_t> labels, int classes) {
  require(classes >= 1, "dataset: classes must be 1 or more, not " + std::to_string(classes));
  require_size("dataset: labels", labels, size_);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    require(labels[i] >= 0 && labels[i] < classes,
            "dataset: label " + std::to_string(labels[i]) + " at index " + std::to_string(i) +
                " is outside [0, " + std::to_string(classes) + ")");
  }
  labels_ = Buffer(device_, labels.size_bytes());
  labels_.copy_from_host(labels.data(), labels.size_bytes());
  classes_ = classes;
}

void Dataset::set_targets(std::span<const float> targets, int classes) {
  require(classes >= 1, "dataset: classes must be 1 or more, not " + std::to_string(classes));
  require_size("dataset: targets", targets, size_ * static_cast<std::size_t>(classes));
  for (std::size_t i = 0; i < targets.size(); ++i) {
    require(std::isfinite(targets[i]) && targets[i] >= 0,
            "dataset: target " + std::to_string(targets[i]) + " at index " +
                std::to_string(i / static_cast<std::size_t>(classes)) +
                " must be finite and not negative");
  }
  targets_ = Buffer(device_, targets.size_bytes());
  targets_.copy_from_host(targets.data(), targets.size_bytes());
  classes_ = classes;
}

std::size_t Dataset::bytes() const noexcept {
  return images_.bytes() + labels_.bytes() + targets_.bytes();
}

}  // namespace trialforge
