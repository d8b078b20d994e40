import { totalmem } from 'node:os';
import { native } from '../native/addon.js';

/** Smaller ones cost JavaScript less than keeping books on them would. */
const leastBytes = 4096;
/** Of all that is kept. */
const mostBytes = totalmem() / 8;
/** What nobody asked for in this time is given back to the system. */
const idleMilliseconds = 1000;

/**
 * Memory of disposed tensors for the next ones of the same size: a training step asks for the same
 * sizes again and again, and fresh memory costs more than many an operation on it.
 */
export class BufferPool {
  readonly #free = new Map<number, ArrayBuffer[]>();
  #bytes = 0;
  #uses = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Bytes kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A buffer of `bytes`, with any content. */
  take(bytes: number): ArrayBuffer {
    this.#uses++;
    const buffer = this.#free.get(bytes)?.pop();
    if (buffer === undefined) return new ArrayBuffer(bytes);
    this.#bytes -= bytes;
    return buffer;
  }

  /** Takes a buffer that nobody else refers to. */
  give(buffer: ArrayBuffer): void {
    const bytes = buffer.byteLength;
    if (bytes < leastBytes) return;
    if (this.#bytes + bytes > mostBytes) {
      native().detach(buffer);
      return;
    }
    const same = this.#free.get(bytes);
    if (same === undefined) this.#free.set(bytes, [buffer]);
    else same.push(buffer);
    this.#bytes += bytes;
    this.#timer ??= this.#startTimer();
  }

  /** Gives all that is kept back to the system. */
  clear(): void {
    for (const buffers of this.#free.values()) for (const one of buffers) native().detach(one);
    this.#free.clear();
    this.#bytes = 0;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #startTimer(): NodeJS.Timeout {
    let seen = this.#uses;
    return setInterval(() => {
      if (seen === this.#uses) this.clear();
      seen = this.#uses;
    }, idleMilliseconds).unref();
  }
}
