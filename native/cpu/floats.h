// Memory for floats that has an owner.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace trialforge::cpu {

/** `size` floats, 64-byte aligned, not initialised. Move-only. */
class Floats {
 public:
  Floats() = default;
  /** Throws ErrorCode::out_of_memory naming the bytes. */
  explicit Floats(std::size_t size);

  float* data() const noexcept { return memory_.get(); }
  std::size_t size() const noexcept { return size_; }
  std::span<float> span() const noexcept { return {data(), size_}; }
  /** Gives the memory back. */
  void clear() noexcept { *this = Floats(); }

 private:
  struct Free {
    void operator()(float* memory) const noexcept;
  };
  std::unique_ptr<float, Free> memory_;
  std::size_t size_ = 0;
};

}  // namespace trialforge::cpu
