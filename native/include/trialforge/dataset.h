// Images and labels, resident on a device.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "trialforge/buffer.h"
#include "trialforge/device.h"

namespace trialforge {

/** Samples of equal size with their labels. Copied in once, never changed: share it freely. */
class Dataset {
 public:
  /**
   * `images` is [n, sample_size]: bytes, which the engine scales by 1/255, or finite floats used as
   * they are. Throws ErrorCode::invalid_argument for a size that is no multiple of sample_size.
   */
  Dataset(const Device& device, std::size_t sample_size, std::span<const std::uint8_t> images);
  Dataset(const Device& device, std::size_t sample_size, std::span<const float> images);

  /** Class indices in [0, classes), one a sample. */
  void set_labels(std::span<const std::int32_t> labels, int classes);
  /** Target probabilities [n, classes]. */
  void set_targets(std::span<const float> targets, int classes);

  const Device& device() const noexcept { return device_; }
  std::size_t size() const noexcept { return size_; }
  std::size_t sample_size() const noexcept { return sample_size_; }
  int classes() const noexcept { return classes_; }
  bool has_labels() const noexcept { return labels_.bytes() > 0; }
  bool has_targets() const noexcept { return targets_.bytes() > 0; }
  bool has_bytes() const noexcept { return bytes_per_value_ == 1; }
  /** Memory it holds. */
  std::size_t bytes() const noexcept;

  std::span<const std::uint8_t> byte_images() const noexcept { return images_.as<std::uint8_t>(); }
  std::span<const float> float_images() const noexcept { return images_.as<float>(); }
  std::span<const std::int32_t> labels() const noexcept { return labels_.as<std::int32_t>(); }
  std::span<const float> targets() const noexcept { return targets_.as<float>(); }

 private:
  Dataset(const Device& device, std::size_t sample_size, const void* images, std::size_t values,
          int bytes_per_value);

  Device device_;
  std::size_t sample_size_ = 0, size_ = 0;
  int classes_ = 0, bytes_per_value_ = 1;
  Buffer images_, labels_, targets_;
};

}  // namespace trialforge
