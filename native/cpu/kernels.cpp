#include "cpu/kernels/kernels.h"

#include "cpu/instruction_set.h"

namespace trialforge::cpu {

const Kernels& kernels() {
#if defined(TRIALFORGE_X86_KERNELS)
  switch (instruction_set()) {
    case InstructionSet::avx512:
      return avx512::table;
    case InstructionSet::avx2:
      return avx2::table;
    case InstructionSet::portable:
      break;
  }
#endif
  return portable::table;
}

}  // namespace trialforge::cpu
