import { InvalidArgumentError } from '../errors.js';

/**
 * A typed array whose memory was transferred away looks empty; the error says what happened.
 * @throws InvalidArgumentError naming the array
 */
export function checkAttached(name: string, array: Uint8Array | Int32Array | Float32Array): void {
  if (array.length > 0) return;
  try {
    // Throws if the buffer is detached. Its own property for that is younger than Node.js 20.
    new Uint8Array(array.buffer);
  } catch (cause) {
    throw new InvalidArgumentError(
      `${name} must be an array that still has its memory, not one detached by a transfer`,
      { cause },
    );
  }
}
