// What products are computed in, and how exactly.
#pragma once

#include <cmath>
#include <vector>

#include "trialforge/device.h"
#include "trialforge/precision.h"

namespace trialforge::testing {

/** More multiplications than an emulated device makes in a moment. */
inline constexpr double many = 4e6;

/** What to try a product of so many multiplications in. */
inline std::vector<Precision> precisions_of(const Device& device, double multiplications = 0) {
  if (device.kind() == DeviceKind::cpu || multiplications > many) return {Precision::float32};
  return {Precision::float32, Precision::tf32, Precision::bfloat16};
}

/**
 * What sums of `terms` products of numbers up to 1 may be wrong by because both factors were
 * rounded, each by half a unit of its last bit, up or down as it comes.
 */
inline double rounding_of(Precision precision, double terms) {
  const double half_unit = precision == Precision::float32 ? 0x1p-24
                           : precision == Precision::tf32  ? 0x1p-11
                                                           : 0x1p-8;
  return 2 * half_unit * std::sqrt(terms + 1);
}

}  // namespace trialforge::testing
