import { InvalidArgumentError, invalidArgument } from '../errors.js';
import { callNative, type NativeDevice, type NativeNetworkSpec } from '../native/addon.js';
import { checkInteger, checkObject } from './check.js';
import { CommonSteps } from './common-steps.js';
import { Network } from './network.js';
import {
  checkMemoryLimit,
  type DeviceName,
  type NetworkOptions,
  resolveDevice,
  resolveSpec,
} from './network-spec.js';

/** Trials that start at the same time: one on the CPU, or those of one shape on a CUDA device. */
export interface TrialUnit {
  readonly device: NativeDevice;
  /** Indices. */
  readonly trials: number[];
  /** On CUDA. */
  steps?: CommonSteps;
}

export interface PlacementOptions {
  /** Devices that take the trials in turn, in place of the trials' own `device`. */
  devices?: readonly DeviceName[];
  /**
   * Trials that train on one CUDA device at the same time, 1 or more. Of the others the weights are there,
   * and the optimizer's state once they have trained. Default: all.
   */
  trialsPerDevice?: number;
  /** Bytes that all trials together may use of each CUDA device. Default: all that is free. */
  memoryLimit?: number;
}

export const placementNames = ['devices', 'trialsPerDevice', 'memoryLimit'];

export interface TrialNetworks {
  readonly networks: Network[];
  readonly units: TrialUnit[];
}

/**
 * Makes the networks of an array of trials.
 * @param inTrial calls a function whose errors are about a trial
 */
export function makeTrialNetworks(
  trials: readonly NetworkOptions[],
  placement: PlacementOptions,
  inTrial: <T>(trial: number, body: () => T) => T,
): TrialNetworks {
  checkPlacement(placement);
  const placed: NetworkOptions[] = [];
  const specs = Array.from(trials, (options, trial) =>
    inTrial(trial, () => {
      placed[trial] = place(options, trial, placement.devices);
      return resolveSpec(placed[trial]);
    }),
  );
  const networks: Network[] = [];
  const units = unitsOf(specs, placement.trialsPerDevice);
  try {
    for (const device of new Set(units.map((unit) => unit.device))) {
      const own = units.filter((unit) => unit.device === device);
      if (device === 'cpu') {
        for (const trial of own.flatMap(({ trials }) => trials)) {
          networks[trial] = inTrial(trial, () => oneThreadNetwork(placed[trial]!));
        }
        continue;
      }
      const groups = own.map(({ trials }) => trials.map((trial) => specs[trial]!.native));
      const made = inTrial(own[0]!.trials[0]!, () =>
        callNative((addon) => addon.makeNetworks(groups, device, 0, placement.memoryLimit ?? 0)),
      );
      for (const [g, unit] of own.entries()) {
        unit.steps = new CommonSteps(made[g]!);
        for (const [i, trial] of unit.trials.entries()) {
          networks[trial] = new Network(placed[trial]!, unit.steps.members[i]!);
        }
      }
    }
  } catch (error) {
    for (const network of networks) network?.dispose();
    throw error;
  }
  return { networks, units };
}

function checkPlacement({ devices, trialsPerDevice, memoryLimit }: PlacementOptions): void {
  if (trialsPerDevice !== undefined) checkInteger('trialsPerDevice', trialsPerDevice, 1);
  if (memoryLimit !== undefined) checkMemoryLimit(memoryLimit);
  if (devices !== undefined && (!Array.isArray(devices) || devices.length === 0)) {
    throw invalidArgument('devices', 'an array of one device or more', devices);
  }
  // Also those for which there are no trials.
  for (const device of devices ?? []) resolveDevice(device);
}

/** The options of a trial with the device that it goes to. Memory is the array's to limit. */
function place(
  options: NetworkOptions,
  trial: number,
  devices: readonly DeviceName[] | undefined,
): NetworkOptions {
  checkObject('the options of Network', options);
  if (options.memoryLimit !== undefined) {
    throw new InvalidArgumentError('memoryLimit is an option of the array, not of a trial');
  }
  if (devices === undefined) return options;
  if (options.device === undefined || options.device === 'auto') {
    return { ...options, device: devices[trial % devices.length]! };
  }
  throw new InvalidArgumentError(
    `device is '${options.device}', but the array has devices of its own`,
  );
}

function unitsOf(
  specs: readonly { device: NativeDevice; native: NativeNetworkSpec }[],
  most = Number.POSITIVE_INFINITY,
): TrialUnit[] {
  const units: TrialUnit[] = [];
  const growing = new Map<string, TrialUnit>();
  for (const [trial, { device, native }] of specs.entries()) {
    const key = device === 'cpu' ? undefined : `${device} ${shapeOf(native)}`;
    let unit = key === undefined ? undefined : growing.get(key);
    if (unit === undefined || unit.trials.length >= most) {
      unit = { device, trials: [] };
      units.push(unit);
      if (key !== undefined) growing.set(key, unit);
    }
    unit.trials.push(trial);
  }
  return units;
}

/** The same for networks that can train in common steps. */
function shapeOf(spec: NativeNetworkSpec): string {
  const { type, momentum, nesterov, centered, correctedEpsilon } = spec.optimizer;
  return JSON.stringify({
    ...spec,
    seed: undefined,
    layers: spec.layers.map((layer) => ({
      ...layer,
      rate: undefined,
      kernelRegularizer: undefined,
      biasRegularizer: undefined,
    })),
    optimizer: { type, momentum: momentum > 0, nesterov, centered, correctedEpsilon },
  });
}

function oneThreadNetwork(options: NetworkOptions): Network {
  const { threads = 1 } = options;
  if (threads !== 1) throw invalidArgument('threads', '1, as a trial has one core', threads);
  return new Network({ ...options, threads });
}
