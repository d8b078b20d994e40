import { loadavg, totalmem } from 'node:os';
import process from 'node:process';
import { capabilities } from '../src/native/device.js';
import { version } from '../src/version.js';

/** What a benchmark ran on. */
export interface Machine {
  readonly trialforge: string;
  readonly node: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  /** Of the minute before the start: processes that want a core. Well below 1 on an idle machine. */
  readonly loadAverage: number;
  readonly compiler: string;
}

/** To be called before the measurement: afterwards the load is its own. */
export function describeMachine(): Machine {
  const { compiler, cpuModel, cpuCores } = capabilities();
  return {
    trialforge: version,
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpuModel,
    cores: cpuCores,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    loadAverage: loadavg()[0]!,
    compiler,
  };
}

/** A line that tells of other work on the machine, or none. */
export function loadWarning({ loadAverage }: Machine): string[] {
  if (loadAverage < 0.5) return [];
  return [
    `other work was running when this started (load average ${loadAverage.toFixed(1)}): the ratios may be off`,
  ];
}
