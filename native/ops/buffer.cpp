#include "trialforge/buffer.h"

#include <cstring>
#include <new>
#include <utility>

#include "cuda/backend.h"
#include "trialforge/error.h"

namespace trialforge {
namespace {

constexpr std::align_val_t alignment{64};

void* allocate_on_cpu(std::size_t bytes, BufferContents contents) {
  void* data = ::operator new(bytes, alignment, std::nothrow);
  if (data == nullptr) {
    throw Error(ErrorCode::out_of_memory,
                "out of host memory: " + std::to_string(bytes) + " bytes asked for");
  }
  if (contents == BufferContents::zeros) std::memset(data, 0, bytes);
  return data;
}

void require_range(std::size_t bytes, std::size_t offset, std::size_t size) {
  require(offset <= size && bytes <= size - offset,
          std::to_string(bytes) + " bytes at offset " + std::to_string(offset) +
              " do not fit a buffer of " + std::to_string(size) + " bytes");
}

}  // namespace

Buffer::Buffer(const Device& device, std::size_t bytes, BufferContents contents)
    : bytes_(bytes), kind_(device.kind()), index_(device.index()) {
  if (bytes == 0) return;
  if (kind_ == DeviceKind::cpu) {
    data_ = allocate_on_cpu(bytes, contents);
  } else {
    stream_ = device.shared_stream();
    data_ = cuda::allocate(cuda::queue_of(device), bytes, contents);
  }
}

Buffer::~Buffer() { release(); }

Buffer::Buffer(Buffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)),
      kind_(other.kind_),
      index_(other.index_),
      stream_(std::move(other.stream_)) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  if (this != &other) {
    release();
    data_ = std::exchange(other.data_, nullptr);
    bytes_ = std::exchange(other.bytes_, 0);
    kind_ = other.kind_;
    index_ = other.index_;
    stream_ = std::move(other.stream_);
  }
  return *this;
}

void Buffer::release() noexcept {
  if (data_ == nullptr) return;
  if (kind_ == DeviceKind::cpu) {
    ::operator delete(data_, alignment);
  } else {
    cuda::release({index_, stream_.get()}, data_);
  }
  data_ = nullptr;
}

void Buffer::copy_from_host(const void* source, std::size_t bytes, std::size_t offset) {
  require_range(bytes, offset, bytes_);
  if (bytes == 0) return;
  void* const target = static_cast<std::byte*>(data_) + offset;
  if (kind_ == DeviceKind::cpu) {
    std::memcpy(target, source, bytes);
  } else {
    cuda::copy_from_host({index_, stream_.get()}, target, source, bytes);
  }
}

void Buffer::queue_from_host(const void* source, std::size_t bytes, std::size_t offset) {
  require_range(bytes, offset, bytes_);
  if (bytes == 0) return;
  void* const target = static_cast<std::byte*>(data_) + offset;
  if (kind_ == DeviceKind::cpu) {
    std::memcpy(target, source, bytes);
  } else {
    cuda::queue_from_host({index_, stream_.get()}, target, source, bytes);
  }
}

void Buffer::copy_to_host(void* target, std::size_t bytes, std::size_t offset) const {
  require_range(bytes, offset, bytes_);
  if (bytes == 0) return;
  const void* const source = static_cast<const std::byte*>(data_) + offset;
  if (kind_ == DeviceKind::cpu) {
    std::memcpy(target, source, bytes);
  } else {
    cuda::copy_to_host({index_, stream_.get()}, target, source, bytes);
  }
}

}  // namespace trialforge
