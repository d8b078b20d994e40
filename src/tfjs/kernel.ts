import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { TrialforgeBackend } from './backend.js';

type Result = TensorInfo | TensorInfo[];

/** A kernel on the engine. */
export interface NativeKernel<Inputs, Attributes> {
  readonly kernelName: string;
  /** Undefined, before anything is done, where the engine has nothing for such arguments. */
  run(backend: TrialforgeBackend, inputs: Inputs, attributes: Attributes): Result | undefined;
}

/** Any kernel; the names of its inputs and attributes are those of tfjs-core. */
// biome-ignore lint/suspicious/noExplicitAny: each kernel has arguments of its own
export type AnyKernel = NativeKernel<any, any>;
