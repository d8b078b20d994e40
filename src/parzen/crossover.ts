import { callNative, type NativeParzenParameter } from '../native/addon.js';

/** Seconds of an evaluation: `fixed`, and `each` of points x components x parameters. */
export interface Cost {
  fixed: number;
  each: number;
}

/** The two sizes that are timed, by their components. */
const sizes = { small: 64, large: 2048 };
const points = 24;
const parameters = 4;
const repeats = 3;
/** ParzenKernel::truncated_normal, the cheapest kernel on the CPU: others cross earlier. */
const truncatedNormal = 0;

let measured: number | undefined;

/**
 * The product of points, components and parameters at which CUDA device 0 becomes faster than the
 * CPU: measured with small mixtures, some 20 ms, at the first call in this process.
 */
export function crossover(): number {
  measured ??= crossing(costOn(undefined), costOn(0));
  return measured;
}

/** The size from which on the device is the faster one; Infinity if it never is. */
export function crossing(cpu: Cost, cuda: Cost): number {
  if (cpu.each <= cuda.each) return cuda.fixed < cpu.fixed ? 0 : Number.POSITIVE_INFINITY;
  return Math.max(0, (cuda.fixed - cpu.fixed) / (cpu.each - cuda.each));
}

function costOn(cudaIndex: number | undefined): Cost {
  const small = secondsOf(sizes.small, cudaIndex);
  const large = secondsOf(sizes.large, cudaIndex);
  const elements = points * parameters;
  const each = Math.max(0, (large - small) / (elements * (sizes.large - sizes.small)));
  return { fixed: Math.max(0, small - each * elements * sizes.small), each };
}

/** The best of some evaluations, after one that warms up. */
function secondsOf(components: number, cudaIndex: number | undefined): number {
  const spread = (n: number) => Float64Array.from({ length: n }, (_, i) => (i + 0.5) / n);
  const mu = spread(components);
  const parameter: NativeParzenParameter = {
    kernel: truncatedNormal,
    mu,
    sigma: mu.map(() => 0.1),
    low: 0,
    high: 1,
    x: spread(points),
  };
  const list = new Array<NativeParzenParameter>(parameters).fill(parameter);
  const out = new Float64Array(points);
  const run = () =>
    callNative((addon) => addon.parzenLogPdf(new Float64Array(components), list, out, cudaIndex));
  run();
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < repeats; i += 1) {
    const start = performance.now();
    run();
    best = Math.min(best, (performance.now() - start) / 1000);
  }
  return best;
}
