#include "trialforge/tensor.h"

namespace trialforge {

const char* dtype_name(DType type) noexcept {
  switch (type) {
    case DType::float32:
      return "float32";
    case DType::int32:
      return "int32";
    case DType::bool8:
      return "bool";
  }
  return "unknown";
}

}  // namespace trialforge
