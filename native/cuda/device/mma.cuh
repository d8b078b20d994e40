// Products of small matrices by a warp on the tensor cores, compute capability 8.0.
//
// In a fragment, lane = 4 g + t (g < 8, t < 4) holds, with "k pair p" the elements k = 2p, 2p + 1:
//   tf32     a[16, 8]:  (g, t), (g + 8, t), (g, t + 4), (g + 8, t + 4)       one element a register
//            b[8, 8]:   (t, g), (t + 4, g)
//   bfloat16 a[16, 16]: (g, pair t), (g + 8, pair t), (g, pair t + 4), (g + 8, pair t + 4)
//            b[16, 8]:  (pair t, g), (pair t + 4, g)                         two elements a
//            register
//   c[16, 8] of both:   (g, 2t), (g, 2t + 1), (g + 8, 2t), (g + 8, 2t + 1)
#pragma once

#include <cstdint>

namespace trialforge::cuda::device {

/** x with a mantissa of 10 bits, to nearest, ties away from zero. */
__device__ __forceinline__ std::uint32_t round_to_tf32(float x) {
  std::uint32_t result;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(result) : "f"(x));
  return result;
}

/** Two numbers with a mantissa of 7 bits, to nearest, ties to even; `low` in the lower half. */
__device__ __forceinline__ std::uint32_t pack_bfloat16(float low, float high) {
  std::uint32_t result;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(result) : "f"(high), "f"(low));
  return result;
}

/** c += a b, of numbers rounded by round_to_tf32. */
__device__ __forceinline__ void mma_tf32(float (&c)[4], const std::uint32_t (&a)[4],
                                         const std::uint32_t (&b)[2]) {
  asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

/** c += a b. */
__device__ __forceinline__ void mma_bfloat16(float (&c)[4], const std::uint32_t (&a)[4],
                                             const std::uint32_t (&b)[2]) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

/**
 * Four matrices of eight rows of 16 bytes in shared memory; lane l gives the address of row l % 8
 * of matrix l / 8 and gets in r[i] the t-th word of row g of matrix i.
 */
__device__ __forceinline__ void load_matrices(std::uint32_t (&r)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(static_cast<unsigned>(__cvta_generic_to_shared(row)))
               : "memory");
}

/** Likewise, with the 16-bit elements 2t (lower half) and 2t + 1 of column g. */
__device__ __forceinline__ void load_matrices_transposed(std::uint32_t (&r)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(static_cast<unsigned>(__cvta_generic_to_shared(row)))
               : "memory");
}

}  // namespace trialforge::cuda::device
