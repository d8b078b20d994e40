import { totalmem } from 'node:os';
import process from 'node:process';
import type { Dataset } from '../data/index.js';
import { capabilities } from '../native/device.js';
import { version } from '../version.js';
import type { DataDescription, Environment } from './results.js';

/** What a report says of the data: its shape, and the first `perClass` images of every class. */
export function describeData(name: string, dataset: Dataset, perClass = 3): DataDescription {
  const byClass = Array.from({ length: dataset.classes }, () => [] as number[]);
  for (let i = 0; i < dataset.size; i++) {
    const indices = byClass[dataset.label(i)]!;
    if (indices.length < perClass) indices.push(i);
  }
  const rows = Array.from({ length: perClass }, (_, row) => byClass.map((indices) => indices[row]));
  return {
    name,
    shape: [...dataset.shape],
    classes: dataset.classes,
    sample: rows
      .flat()
      .filter((index) => index !== undefined)
      .map((index) => ({
        label: dataset.label(index),
        pixels: bytes(dataset.image(index)).toString('base64'),
      })),
  };
}

/** Pixels as bytes; floats are taken to be in 0..1. */
function bytes(image: Uint8Array | Float32Array): Buffer {
  if (image instanceof Uint8Array) return Buffer.from(image);
  return Buffer.from(Uint8ClampedArray.from(image, (value) => 255 * value));
}

/** The machine and the build, as reports name them. */
export function describeEnvironment(threads?: number): Environment {
  const { compiler, cpuModel, cpuCores, instructionSet, cudaDevices, cudaUnavailableReason } =
    capabilities();
  return {
    trialforge: version,
    node: process.versions.node,
    compiler,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpuModel || 'unknown processor',
    cores: cpuCores,
    threads: threads ?? cpuCores,
    instructionSet,
    memoryGiB: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    cuda: cudaDevices.map(({ name }) => name).join(', ') || cudaUnavailableReason,
  };
}
