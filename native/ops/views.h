// Checks of tensor views that the operations share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "trialforge/error.h"
#include "trialforge/tensor.h"

namespace trialforge {

inline TensorView reading(const MutableTensorView& view) {
  return {view.dtype, view.data, view.size};
}

inline void require_dtype(std::string_view name, DType actual, DType expected) {
  if (actual == expected) return;
  throw Error(ErrorCode::invalid_argument, std::string(name) + " must be " + dtype_name(expected) +
                                               ", not " + dtype_name(actual));
}

inline void require_elements(std::string_view name, const TensorView& view, std::size_t expected) {
  if (view.size == expected) return;
  throw Error(ErrorCode::invalid_argument, std::string(name) + " must have " +
                                               std::to_string(expected) + " elements, not " +
                                               std::to_string(view.size));
}

/** For operations that read elements after they have written others. */
inline void require_apart(std::string_view what, const TensorView& from,
                          const MutableTensorView& to) {
  const auto begin = [](const void* data) { return reinterpret_cast<std::uintptr_t>(data); };
  const auto end = [&](const TensorView& v) { return begin(v.data) + v.size * bytes_of(v.dtype); };
  if (end(from) <= begin(to.data) || end(reading(to)) <= begin(from.data)) return;
  throw Error(ErrorCode::invalid_argument,
              std::string(what) + " cannot read and write the same memory");
}

}  // namespace trialforge
