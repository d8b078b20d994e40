// Which vector instructions the CPU paths use, decided once for the process.
#pragma once

#include <string>
#include <vector>

namespace trialforge::cpu {

/** In ascending order: a CPU that runs one of them runs those before it. */
enum class InstructionSet { portable, avx2, avx512 };

/** "portable", "avx2" or "avx512". */
const char* instruction_set_name(InstructionSet set) noexcept;

/**
 * The best set this CPU has: avx512 needs F, BW, VL, DQ and FMA, avx2 needs FMA too, and portable
 * is all there is outside x86-64.
 */
InstructionSet detected_instruction_set() noexcept;

/**
 * The lesser of `detected` and `wanted`, one of the names above; null or empty asks for nothing.
 * Throws ErrorCode::invalid_argument for another name.
 */
InstructionSet chosen_instruction_set(InstructionSet detected, const char* wanted);

/**
 * The set to use in this process: the detected one, or a lesser one named by the environment
 * variable TRIALFORGE_INSTRUCTION_SET, which is read once. Throws ErrorCode::invalid_argument if
 * that variable names no set.
 */
InstructionSet instruction_set();

/** The name of instruction_set(). */
const char* instruction_set_name();

/** What this CPU has of the features that the vector code could use, such as "avx2" or "neon". */
std::vector<std::string> cpu_features();

}  // namespace trialforge::cpu
