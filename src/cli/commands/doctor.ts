import process from 'node:process';
import type { Command } from 'commander';
import { type Capabilities, type CudaDevice, capabilities } from '../../native/device.js';
import { version } from '../../version.js';
import { exitCodesHelp } from '../exit-codes.js';
import { shared } from '../options.js';

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .summary('tell what trialforge finds on this machine')
    .description(
      'Prints versions, what the processor can do, and which CUDA devices there are or why there are none.',
    )
    .addOption(shared.json())
    .addHelpText('after', exitCodesHelp)
    .action(doctor);
}

function doctor({ json }: { json?: boolean }): void {
  const versions = { trialforge: version, node: process.versions.node };
  const found = capabilities();
  if (json) {
    process.stdout.write(`${JSON.stringify({ ...versions, ...found }, undefined, 2)}\n`);
    return;
  }
  const facts: [string, string][] = [
    ['trialforge', versions.trialforge],
    ['Node.js', `${versions.node} (${process.platform} ${process.arch})`],
    ['addon', `built by ${found.compiler}, ${found.builtWithCuda ? 'with' : 'without'} CUDA`],
    ['processor', `${found.cpuModel || 'unknown'}, ${found.cpuCores} cores available`],
    ['features', found.cpuFeatures.join(' ') || 'none that matter'],
    ['code path', found.instructionSet],
    ...cudaFacts(found),
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  for (const [name, value] of facts) process.stdout.write(`${name.padEnd(width)}  ${value}\n`);
}

function cudaFacts(found: Capabilities): [string, string][] {
  const facts: [string, string][] = [];
  if (found.builtWithCuda) {
    facts.push(
      ['CUDA runtime', cudaVersion(found.cudaRuntimeVersion)],
      ['CUDA driver', cudaVersion(found.cudaDriverVersion)],
    );
  }
  if (found.cudaDevices.length === 0)
    facts.push(['CUDA devices', `none: ${found.cudaUnavailableReason}`]);
  for (const device of found.cudaDevices) facts.push([`cuda:${device.index}`, describe(device)]);
  return facts;
}

function cudaVersion(code: number): string {
  return code === 0 ? 'none' : `${Math.floor(code / 1000)}.${Math.floor((code % 1000) / 10)}`;
}

function describe({
  name,
  computeMajor,
  computeMinor,
  multiprocessors,
  totalBytes,
  freeBytes,
}: CudaDevice): string {
  const gib = (bytes: number) => (bytes / 2 ** 30).toFixed(1);
  return `${name}, compute capability ${computeMajor}.${computeMinor}, ${multiprocessors} multiprocessors, ${gib(freeBytes)} of ${gib(totalBytes)} GiB free`;
}
