import { InvalidArgumentError, Option } from 'commander';
import { type DeviceName, maxThreads, precisions } from '../nn/network-spec.js';

/** A parser of whole numbers in low..high. */
export function wholeNumber(low: number, high = Number.MAX_SAFE_INTEGER) {
  return (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < low) {
      throw new InvalidArgumentError(`It must be a whole number from ${low} up.`);
    }
    if (value > high) throw new InvalidArgumentError(`It must be at most ${high}.`);
    return value;
  };
}

/** A parser of the names of folders. */
export function folderName(text: string): string {
  if (text === '') throw new InvalidArgumentError('It must be the name of a folder.');
  return text;
}

/** A parser of finite numbers that `accept` likes; `expected` says which those are. */
export function realNumber(expected: string, accept: (value: number) => boolean) {
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || !accept(value)) {
      throw new InvalidArgumentError(`It must be ${expected}.`);
    }
    return value;
  };
}

/** A parser of comma-separated words out of `choices`. */
export function listOf(choices: readonly string[]) {
  return (text: string): string[] => {
    const words = text.split(',').map((word) => word.trim());
    const unknown = words.find((word) => !choices.includes(word));
    if (unknown !== undefined) {
      throw new InvalidArgumentError(`'${unknown}' is not one of ${choices.join(', ')}.`);
    }
    return [...new Set(words)];
  };
}

function device(text: string): string {
  if (!/^(auto|cpu|cuda(:\d{1,3})?)$/.test(text))
    throw new InvalidArgumentError('It must be auto, cpu, cuda or cuda:N, N below 1000.');
  return text;
}

/** The engine counts in 32 bits. */
export const largestSize = 2 ** 31 - 1;

/** Options that several commands share. */
export const shared = {
  json: () =>
    new Option(
      '--json',
      'print one JSON document instead of text; of an error, {"error": {"name", "message"}} as the last line on stderr',
    ),
  seed: (largest = Number.MAX_SAFE_INTEGER) =>
    new Option(
      '--seed <n>',
      'of images, weights, shuffles, dropout and searches (default: 13)',
    ).argParser(wholeNumber(0, largest)),
  device: (usual: DeviceName = 'auto') =>
    new Option('--device <device>', `auto, cpu, cuda or cuda:N (default: ${usual})`).argParser(
      device,
    ),
  precision: () =>
    new Option('--precision <name>', 'of products; tf32 and bfloat16 need a CUDA device')
      .choices(precisions)
      .default('float32'),
  threads: () =>
    new Option('--threads <n>', 'CPU threads (default: all cores)').argParser(
      wholeNumber(1, maxThreads),
    ),
  trainSize: () =>
    new Option('--train-size <n>', 'training images, taken at random by the seed').argParser(
      wholeNumber(1),
    ),
  testSize: () =>
    new Option('--test-size <n>', 'test images, taken at random by the seed').argParser(
      wholeNumber(1),
    ),
};
