#include "cpu/instruction_set.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "trialforge/error.h"

namespace trialforge::cpu {

const char* instruction_set_name(InstructionSet set) noexcept {
  switch (set) {
    case InstructionSet::portable:
      return "portable";
    case InstructionSet::avx2:
      return "avx2";
    case InstructionSet::avx512:
      return "avx512";
  }
  return "portable";
}

InstructionSet detected_instruction_set() noexcept {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool fma = __builtin_cpu_supports("fma");
  if (fma && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")) {
    return InstructionSet::avx512;
  }
  if (fma && __builtin_cpu_supports("avx2")) return InstructionSet::avx2;
#endif
  return InstructionSet::portable;
}

InstructionSet chosen_instruction_set(InstructionSet detected, const char* wanted) {
  if (wanted == nullptr || *wanted == '\0') return detected;
  for (const auto set : {InstructionSet::portable, InstructionSet::avx2, InstructionSet::avx512}) {
    if (std::string_view(wanted) == instruction_set_name(set)) return std::min(set, detected);
  }
  throw Error(ErrorCode::invalid_argument,
              std::string("TRIALFORGE_INSTRUCTION_SET must be portable, avx2 or avx512, not '") +
                  wanted + "'");
}

InstructionSet instruction_set() {
  static const InstructionSet set =
      chosen_instruction_set(detected_instruction_set(), std::getenv("TRIALFORGE_INSTRUCTION_SET"));
  return set;
}

const char* instruction_set_name() { return instruction_set_name(instruction_set()); }

std::vector<std::string> cpu_features() {
  std::vector<std::string> features;
#if defined(__x86_64__)
  __builtin_cpu_init();
// The builtin takes literals only.
#define TRIALFORGE_CPU_FEATURE(name) \
  if (__builtin_cpu_supports(name)) features.emplace_back(name)
  TRIALFORGE_CPU_FEATURE("sse4.2");
  TRIALFORGE_CPU_FEATURE("avx");
  TRIALFORGE_CPU_FEATURE("avx2");
  TRIALFORGE_CPU_FEATURE("fma");
  TRIALFORGE_CPU_FEATURE("avx512f");
  TRIALFORGE_CPU_FEATURE("avx512bw");
  TRIALFORGE_CPU_FEATURE("avx512vl");
  TRIALFORGE_CPU_FEATURE("avx512dq");
  TRIALFORGE_CPU_FEATURE("avx512vnni");
#undef TRIALFORGE_CPU_FEATURE
#elif defined(__aarch64__)
  features.emplace_back("neon");
#endif
  return features;
}

}  // namespace trialforge::cpu
