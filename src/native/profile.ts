/** How a CUDA kernel was launched, and what the compiler made of it. */
export interface KernelLaunch {
  /** Blocks. */
  readonly grid: readonly [x: number, y: number, z: number];
  /** Threads of a block. */
  readonly block: readonly [x: number, y: number, z: number];
  /** Of a thread. */
  readonly registers: number;
  /** Of a block. */
  readonly staticSharedBytes: number;
  /** Of a block. */
  readonly dynamicSharedBytes: number;
  /** Of a thread: spilled registers and arrays. */
  readonly localBytes: number;
  /** That a multiprocessor can hold at once. */
  readonly blocksPerMultiprocessor: number;
  /** Warps that a multiprocessor can hold, of its most: 0 .. 1. */
  readonly occupancy: number;
}

/** A range of work, or a CUDA kernel. ProfileEvent of native/include/trialforge/profile.h. */
export interface ProfileEvent {
  /** 'step', 'conv2d_1 forward'; a kernel's name. */
  readonly name: string;
  /** 0: outermost. What an event contains follows it, one deeper. */
  readonly depth: number;
  /** Seconds on the device, from the first event. */
  readonly begin: number;
  /** Seconds on the device, from the first event. */
  readonly end: number;
  /** As the direct algorithm counts them; 0: not told. */
  readonly flops: number;
  /** Every operand once; 0: not told. */
  readonly bytes: number;
  /** Of kernels only. */
  readonly kernel?: KernelLaunch;
}

/** What a device could do at best. */
export interface Ceilings {
  /** Multiply-adds in registers, counted as two. */
  readonly float32FlopsPerSecond: number;
  /** On tensor cores, by the instructions that a warp issues; 0 on the CPU. */
  readonly tf32FlopsPerSecond: number;
  /** As tf32FlopsPerSecond. */
  readonly bfloat16FlopsPerSecond: number;
  /** Read and written, far beyond the caches. */
  readonly copyBytesPerSecond: number;
  /** Of the CPU; 1 on CUDA. */
  readonly threads: number;
}
