import { textTable } from '../../src/cli/text-table.js';
import { loadWarning } from '../machine.js';
import { geometricMean } from '../statistics.js';
import { milliseconds, times, whole } from '../table.js';
import type { TfjsCase, TfjsResults } from './measure.js';

/** The results to read: the kernels, the network, and what they amount to. */
export function describeTfjs(results: TfjsResults): string {
  const { machine, backends, settings, cases } = results;
  const threads = backends.map((one) => `${one.backend} ${one.threads}`).join(', ');
  const lines = [
    `${machine.cpu || 'unknown processor'}, ${settings.threads} of ${machine.cores} cores, ${machine.compiler}`,
    `tfjs ${backends[0]!.tfjs} on Node.js ${machine.node}; threads: ${threads}`,
    ...loadWarning(machine),
  ];
  const kernels = cases.filter((one) => images(one) === null);
  const network = cases.filter((one) => images(one) !== null);
  if (kernels.length > 0) lines.push('', kernelTable(kernels));
  if (network.length > 0) lines.push('', networkTable(network));
  const summary = [...againstWasm(kernels), ...ofTraining(network)];
  if (summary.length > 0) lines.push('', ...summary);
  return lines.join('\n');
}

function images(one: TfjsCase): number | null {
  return one.backends['trialforge-cpu']!.images;
}

function title({ case: { name, pass } }: TfjsCase): string {
  return `${name}, ${pass}`;
}

function shown<T>(value: T | null | undefined, format: (value: T) => string): string {
  return value === null || value === undefined ? '' : format(value);
}

function kernelTable(kernels: readonly TfjsCase[]): string {
  const milli = (seconds: number) => milliseconds(seconds);
  return textTable(
    ['', 'ms', 'wasm ms', 'over wasm', 'cpu ms', 'over cpu'],
    kernels.map((one) => [
      title(one),
      milli(one.backends['trialforge-cpu']!.seconds),
      shown(one.backends.wasm?.seconds, milli),
      shown(one.speedup.wasm, times),
      shown(one.backends.cpu?.seconds, milli),
      shown(one.speedup.cpu, times),
    ]),
  );
}

function networkTable(network: readonly TfjsCase[]): string {
  return textTable(
    ['', 'images/s', 'wasm images/s', 'over wasm', 'cpu images/s', 'over cpu'],
    network.map((one) => [
      title(one),
      shown(one.backends['trialforge-cpu']!.imagesPerSecond, whole),
      shown(one.backends.wasm?.imagesPerSecond, whole),
      shown(one.speedup.wasm, times),
      shown(one.backends.cpu?.imagesPerSecond, (rate) => rate.toFixed(2)),
      shown(one.speedup.cpu, times),
    ]),
  );
}

function againstWasm(kernels: readonly TfjsCase[]): string[] {
  const compared = kernels.filter(({ speedup }) => speedup.wasm !== null);
  if (compared.length === 0) return [];
  const slower = compared.filter(({ speedup }) => speedup.wasm! < 1);
  const mean = geometricMean(compared.map(({ speedup }) => speedup.wasm!));
  return [
    `faster than wasm in ${compared.length - slower.length} of ${compared.length} kernels; geometric mean ${times(mean)}`,
    ...slower.map((one) => `slower than wasm: ${title(one)}: ${times(one.speedup.wasm!)}`),
  ];
}

/** The ways to train, against the engine's own. */
function ofTraining(network: readonly TfjsCase[]): string[] {
  const rate = (pass: string) =>
    network.find((one) => one.case.pass === pass)?.backends['trialforge-cpu']?.imagesPerSecond;
  const best = rate('Network.fit');
  if (!best) return [];
  return ['fitFast', 'model.fit'].flatMap((pass) => {
    const found = rate(pass);
    return found ? [`${pass}: ${((100 * found) / best).toFixed(1)} % of Network.fit`] : [];
  });
}
