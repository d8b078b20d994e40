// Owned memory on a device.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "trialforge/device.h"

namespace trialforge {

/** What a new Buffer holds. */
enum class BufferContents { zeros, anything };

/**
 * A move-only block of bytes on a Device, 64-byte aligned. On CUDA all of its life is on the stream
 * of that Device: it comes into being, is copied and is freed after the operations already
 * submitted there, and nothing waits for its end. What uses it on another stream has to be behind
 * its allocation and done before its end.
 */
class Buffer {
 public:
  Buffer() = default;
  /** Throws ErrorCode::out_of_memory, naming the bytes asked for and, on CUDA, those free. */
  Buffer(const Device& device, std::size_t bytes, BufferContents contents = BufferContents::zeros);
  ~Buffer();
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  std::size_t bytes() const noexcept { return bytes_; }
  void* data() const noexcept { return data_; }
  template <typename T>
  std::span<T> as() const noexcept {
    return {static_cast<T*>(data_), bytes_ / sizeof(T)};
  }

  /** Copies host memory in; returns when the copy is complete. Throws if it does not fit. */
  void copy_from_host(const void* source, std::size_t bytes, std::size_t offset = 0);
  /** The same for what follows on the stream of the Device alone: it returns when the source may be
   * reused, for few bytes without waiting. */
  void queue_from_host(const void* source, std::size_t bytes, std::size_t offset = 0);
  /** Copies to host memory; returns when the copy is complete. */
  void copy_to_host(void* target, std::size_t bytes, std::size_t offset = 0) const;

 private:
  void release() noexcept;
  void* data_ = nullptr;
  std::size_t bytes_ = 0;
  DeviceKind kind_ = DeviceKind::cpu;
  int index_ = 0;
  std::shared_ptr<void> stream_;
};

}  // namespace trialforge
