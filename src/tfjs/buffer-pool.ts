import { totalmem } from 'node:os';
import process from 'node:process';
import { native } from '../native/addon.js';

/** Smaller ones cost JavaScript less than keeping books on them would. */
const leastBytes = 4096;
/** Of all that is kept: a share of what this process may have. */
const mostBytes = Math.min(totalmem(), process.constrainedMemory() || Infinity) / 8;
/** A size that nobody asked for in the last whole one of these is given back to the system. */
const periodMilliseconds = 1000;

/** Free buffers of one size. */
interface Shelf {
  readonly buffers: ArrayBuffer[];
  /** The period in which this size was last given or asked for. */
  period: number;
}

/**
 * Memory of disposed tensors for the next ones of the same size: a training step asks for the same
 * sizes again and again, and fresh memory costs more than many an operation on it.
 */
export class BufferPool {
  /** By bytes; the size used last is the last one. */
  readonly #shelves = new Map<number, Shelf>();
  #bytes = 0;
  #period = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Bytes kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A buffer of `bytes`, with any content. */
  take(bytes: number): ArrayBuffer {
    const buffer = this.#use(bytes)?.buffers.pop();
    if (buffer === undefined) return new ArrayBuffer(bytes);
    this.#bytes -= bytes;
    return buffer;
  }

  /** Takes a buffer that nobody else refers to. */
  give(buffer: ArrayBuffer): void {
    const bytes = buffer.byteLength;
    if (bytes < leastBytes) return;
    const shelf = this.#use(bytes) ?? { buffers: [], period: this.#period };
    this.#shelves.set(bytes, shelf);
    shelf.buffers.push(buffer);
    this.#bytes += bytes;
    for (const oldest of this.#shelves.keys()) {
      if (this.#bytes <= mostBytes) break;
      this.#drop(oldest);
    }
    this.#timer ??= setInterval(() => this.#endPeriod(), periodMilliseconds).unref();
  }

  /** Gives all that is kept back to the system. */
  clear(): void {
    for (const bytes of this.#shelves.keys()) this.#drop(bytes);
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #use(bytes: number): Shelf | undefined {
    const shelf = this.#shelves.get(bytes);
    if (shelf === undefined) return undefined;
    shelf.period = this.#period;
    this.#shelves.delete(bytes);
    this.#shelves.set(bytes, shelf);
    return shelf;
  }

  #drop(bytes: number): void {
    for (const buffer of this.#shelves.get(bytes)?.buffers ?? []) {
      native().detach(buffer);
      this.#bytes -= bytes;
    }
    this.#shelves.delete(bytes);
  }

  #endPeriod(): void {
    for (const [bytes, { period }] of this.#shelves) if (period < this.#period) this.#drop(bytes);
    this.#period++;
    if (this.#shelves.size === 0) this.clear();
  }
}
