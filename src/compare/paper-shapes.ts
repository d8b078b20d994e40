import type { ImageShape } from '../data/index.js';
import type { PaperParams } from './paper-space.js';

/** Why images of this shape cannot pass through the network, or undefined if they can. */
export function misfit(params: PaperParams, [height, width]: ImageShape): string | undefined {
  const { kernel_size, strides, pool_size } = params;
  const stages = [
    { window: kernel_size, step: strides, reason: 'the kernel of the first convolution' },
    { window: kernel_size, step: 1, reason: 'the kernel of the second convolution' },
    { window: pool_size, step: pool_size, reason: 'the pooling window' },
  ];
  let size = [height, width] as const;
  for (const { window, step, reason } of stages) {
    if (Math.min(...size) < window) {
      return `${reason}, ${window} x ${window}, does not fit its input of ${size.join(' x ')}`;
    }
    size = [outputSize(size[0], window, step), outputSize(size[1], window, step)];
  }
  return undefined;
}

/** Windows that lie within `input`, `step` apart ('valid' padding). */
function outputSize(input: number, window: number, step: number): number {
  return Math.floor((input - window) / step) + 1;
}
