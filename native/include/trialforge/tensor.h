// Views of tensors of several types, for the operations that are not float32 alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace trialforge {

/** bool8 holds 0 or 1, a byte each. */
enum class DType { float32, int32, bool8 };

constexpr std::size_t bytes_of(DType type) noexcept { return type == DType::bool8 ? 1 : 4; }
const char* dtype_name(DType type) noexcept;

/** `size` elements that an operation reads. */
struct TensorView {
  DType dtype = DType::float32;
  const void* data = nullptr;
  std::size_t size = 0;

  TensorView() = default;
  TensorView(DType type, const void* elements, std::size_t n)
      : dtype(type), data(elements), size(n) {}
  TensorView(std::span<const float> x) : TensorView(DType::float32, x.data(), x.size()) {}
  TensorView(std::span<const std::int32_t> x) : TensorView(DType::int32, x.data(), x.size()) {}
  TensorView(std::span<const std::uint8_t> x) : TensorView(DType::bool8, x.data(), x.size()) {}

  /** Only where T is the type that dtype says. */
  template <typename T>
  const T* as() const noexcept {
    return static_cast<const T*>(data);
  }
};

/** `size` elements that an operation writes. */
struct MutableTensorView {
  DType dtype = DType::float32;
  void* data = nullptr;
  std::size_t size = 0;

  MutableTensorView() = default;
  MutableTensorView(DType type, void* elements, std::size_t n)
      : dtype(type), data(elements), size(n) {}
  MutableTensorView(std::span<float> x) : MutableTensorView(DType::float32, x.data(), x.size()) {}
  MutableTensorView(std::span<std::int32_t> x)
      : MutableTensorView(DType::int32, x.data(), x.size()) {}
  MutableTensorView(std::span<std::uint8_t> x)
      : MutableTensorView(DType::bool8, x.data(), x.size()) {}

  template <typename T>
  T* as() const noexcept {
    return static_cast<T*>(data);
  }
};

}  // namespace trialforge
