// Vectors of the widest registers that this translation unit is compiled for, by the compiler's
// vector extensions; masked loads and stores by intrinsics where there are any.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__AVX__)
#include <immintrin.h>
#endif

namespace trialforge::cpu::TRIALFORGE_ISA {

// Rows of a register tile, beside 2 and beside 4 vectors of columns. With 4 there are fewer
// broadcasts a multiply-add; that needs 24 accumulators, 4 vectors of weights and a broadcast in
// registers.
#if defined(__AVX512F__)
inline constexpr int kWidth = 16, kMaxRows = 14, kWideRows = 6;
#elif defined(__AVX2__)
inline constexpr int kWidth = 8, kMaxRows = 6, kWideRows = 0;
#else
inline constexpr int kWidth = 4, kMaxRows = 6, kWideRows = 0;
#endif
inline constexpr int kPanel = 2 * kWidth;

typedef float Vector __attribute__((vector_size(4 * kWidth)));
typedef std::int32_t IntVector __attribute__((vector_size(4 * kWidth)));

static inline Vector load(const float* source) {
  Vector value;
  __builtin_memcpy(&value, source, sizeof value);
  return value;
}

static inline void store(float* target, Vector value) {
  __builtin_memcpy(target, &value, sizeof value);
}

static inline Vector broadcast(float value) {
#if defined(__AVX512F__)
  return reinterpret_cast<Vector>(_mm512_set1_ps(value));
#elif defined(__AVX2__)
  return reinterpret_cast<Vector>(_mm256_set1_ps(value));
#else
  return Vector{value, value, value, value};
#endif
}

static inline IntVector load(const std::int32_t* source) {
  IntVector value;
  __builtin_memcpy(&value, source, sizeof value);
  return value;
}

static inline void store(std::int32_t* target, IntVector value) {
  __builtin_memcpy(target, &value, sizeof value);
}

/** Stores past the caches, to a target aligned like a vector; fence_stores() before others read. */
static inline void stream(float* target, Vector value) {
#if defined(__AVX512F__)
  _mm512_stream_ps(target, reinterpret_cast<__m512>(value));
#elif defined(__AVX2__)
  _mm256_stream_ps(target, reinterpret_cast<__m256>(value));
#else
  store(target, value);
#endif
}

static inline void stream(std::int32_t* target, IntVector value) {
#if defined(__AVX512F__)
  _mm512_stream_si512(reinterpret_cast<__m512i*>(target), reinterpret_cast<__m512i>(value));
#elif defined(__AVX2__)
  _mm256_stream_si256(reinterpret_cast<__m256i*>(target), reinterpret_cast<__m256i>(value));
#else
  store(target, value);
#endif
}

static inline void fence_stores() {
#if defined(__AVX2__)
  _mm_sfence();
#endif
}

/** How many elements of 4 bytes, of n, lie before the first that is aligned like a vector. */
static inline int elements_to_alignment(const void* x, std::size_t n) {
  const std::size_t past = reinterpret_cast<std::uintptr_t>(x) / 4 % kWidth;
  const std::size_t count = past == 0 ? 0 : kWidth - past;
  return static_cast<int>(count < n ? count : n);
}

static inline IntVector broadcast(std::int32_t value) { return IntVector{} + value; }

/** The first `count` floats, zeros behind; reads nothing beyond them. count <= 0 reads nothing. */
static inline Vector load_partial(const float* source, int count) {
  if (count >= kWidth) return load(source);
#if defined(__AVX512F__)
  const __mmask16 mask = count <= 0 ? 0 : static_cast<__mmask16>((1u << count) - 1);
  return reinterpret_cast<Vector>(_mm512_maskz_loadu_ps(mask, source));
#else
  Vector value = {};
  for (int i = 0; i < count; ++i) value[i] = source[i];
  return value;
#endif
}

/** Writes the first `count` floats only. */
static inline void store_partial(float* target, Vector value, int count) {
  if (count >= kWidth) {
    store(target, value);
    return;
  }
#if defined(__AVX512F__)
  const __mmask16 mask = count <= 0 ? 0 : static_cast<__mmask16>((1u << count) - 1);
  _mm512_mask_storeu_ps(target, mask, reinterpret_cast<__m512>(value));
#else
  for (int i = 0; i < count; ++i) target[i] = value[i];
#endif
}

/** As load_partial and store_partial, for integers. */
static inline IntVector load_partial(const std::int32_t* source, int count) {
  IntVector value = {};
  if (count >= kWidth) {
    __builtin_memcpy(&value, source, sizeof value);
    return value;
  }
#if defined(__AVX512F__)
  const __mmask16 mask = count <= 0 ? 0 : static_cast<__mmask16>((1u << count) - 1);
  value = reinterpret_cast<IntVector>(_mm512_maskz_loadu_epi32(mask, source));
#else
  for (int i = 0; i < count; ++i) value[i] = source[i];
#endif
  return value;
}

static inline void store_partial(std::int32_t* target, IntVector value, int count) {
  if (count >= kWidth) {
    __builtin_memcpy(target, &value, sizeof value);
    return;
  }
#if defined(__AVX512F__)
  const __mmask16 mask = count <= 0 ? 0 : static_cast<__mmask16>((1u << count) - 1);
  _mm512_mask_storeu_epi32(target, mask, reinterpret_cast<__m512i>(value));
#else
  for (int i = 0; i < count; ++i) target[i] = value[i];
#endif
}

}  // namespace trialforge::cpu::TRIALFORGE_ISA
