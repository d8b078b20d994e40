#include "trialforge/precision.h"

#include <string>

#include "trialforge/error.h"

namespace trialforge {
namespace {

constexpr Precision all[] = {Precision::float32, Precision::tf32, Precision::bfloat16};

}  // namespace

const char* precision_name(Precision precision) noexcept {
  switch (precision) {
    case Precision::float32:
      return "float32";
    case Precision::tf32:
      return "tf32";
    case Precision::bfloat16:
      return "bfloat16";
  }
  return "";
}

Precision precision_from_name(std::string_view name) {
  for (const Precision precision : all) {
    if (name == precision_name(precision)) return precision;
  }
  throw Error(ErrorCode::invalid_argument,
              "precision must be float32, tf32 or bfloat16, not '" + std::string(name) + "'");
}

}  // namespace trialforge
