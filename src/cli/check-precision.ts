import { InvalidArgumentError } from '../errors.js';
import type { DeviceName, Precision } from '../nn/index.js';

/** @throws InvalidArgumentError naming the option if the resolved device has no such precision */
export function checkPrecision(precision: Precision, device: DeviceName): void {
  if (precision === 'float32' || device !== 'cpu') return;
  throw new InvalidArgumentError(
    `--precision ${precision} needs a CUDA device; this is the CPU, which has float32 only`,
  );
}
