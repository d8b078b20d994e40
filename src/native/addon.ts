import {
  DeviceFailureError,
  DeviceUnavailableError,
  InvalidArgumentError,
  OutOfMemoryError,
  TrialforgeError,
} from '../errors.js';
import { loadAddon } from './load.js';

/** The addon's surface, as binding/ defines it. Nothing outside src/native/ sees it. */
export interface Addon {
  parzenLogPdf(logWeight: Float64Array, parameters: readonly NativeParzenParameter[], out: Float64Array): void;
  truncatedNormalPpf(q: Float64Array, a: Float64Array, b: Float64Array, out: Float64Array): void;
}

/** ParzenParameter of native/include/trialforge/parzen.h. */
export interface NativeParzenParameter {
  kernel: number;
  mu?: Float64Array;
  sigma?: Float64Array;
  low?: number;
  high?: number;
  x?: Float64Array;
  lower?: Float64Array;
  upper?: Float64Array;
  probability?: Float64Array;
  nChoices?: number;
  choice?: Int32Array;
}

let addon: Addon | undefined;

/** The addon, loaded at its first use, so that importing trialforge costs nothing and cannot fail. */
export function native(): Addon {
  addon ??= loadAddon();
  return addon;
}

/** Gives an error that came out of the addon its class. */
export function typedError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof TrialforgeError) return error;
  switch ((error as { code?: unknown }).code) {
    case 'ERR_INVALID_ARGUMENT':
      return new InvalidArgumentError(error.message, { cause: error });
    case 'ERR_OUT_OF_MEMORY':
      return new OutOfMemoryError(error.message, { cause: error });
    case 'ERR_DEVICE_UNAVAILABLE':
      return new DeviceUnavailableError(error.message, { cause: error });
    case 'ERR_DEVICE_FAILURE':
      return new DeviceFailureError(error.message, { cause: error });
    default:
      return error;
  }
}

/** Calls into the addon with typed errors. */
export function callNative<T>(call: (addon: Addon) => T): T {
  try {
    return call(native());
  } catch (error) {
    throw typedError(error);
  }
}
