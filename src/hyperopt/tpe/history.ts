import { argsort } from '../../numpy/argsort.js';
import type { TrialDocument } from '../documents.js';
import type { Trials } from '../trials.js';

/** How many of the latest observations count fully, and how many trials at most are good ones. */
export const linearForgetting = 25;

/** Trials, oldest first, parted by their losses. */
export interface History {
  below: readonly TrialDocument[];
  above: readonly TrialDocument[];
}

/**
 * The best document of every trial id, oldest first, with its loss: Infinity where there is none
 * yet. Losses that are NaN leave their trial out.
 */
function bestDocuments(trials: Trials): { document: TrialDocument; loss: number }[] {
  const best = new Map<number, { loss: number; document?: TrialDocument }>();
  for (const document of trials.trials) {
    const tid = document.misc.fromTid ?? document.tid;
    const loss = document.result.loss ?? Number.POSITIVE_INFINITY;
    const known = best.get(tid) ?? { loss };
    best.set(tid, loss <= known.loss ? { loss, document } : known);
  }
  return [...best]
    .sort(([a], [b]) => a - b)
    .flatMap(([, { loss, document }]) => (document ? [{ document, loss }] : []));
}

/**
 * Parts the trials: below are the ceil(gamma sqrt(n)) of the smallest losses, at most 25. Undefined
 * while there are fewer than `nStartupJobs` trials, running and failed ones included.
 */
export function partedHistory(
  trials: Trials,
  gamma: number,
  nStartupJobs: number,
): History | undefined {
  const best = bestDocuments(trials);
  if (best.length < nStartupJobs) return undefined;
  const nBelow = Math.min(Math.ceil(gamma * Math.sqrt(best.length)), linearForgetting);
  const good = new Set(argsort(best.map(({ loss }) => loss)).subarray(0, nBelow));
  const documents = best.map(({ document }) => document);
  return {
    below: documents.filter((_, i) => good.has(i)),
    above: documents.filter((_, i) => !good.has(i)),
  };
}

/** The values `label` had in the documents in which it was active. */
export function observations(documents: readonly TrialDocument[], label: string): Float64Array {
  return Float64Array.from(documents.flatMap(({ misc }) => misc.vals[label] ?? []));
}

/** Weights of n observations, oldest first: 1 for the latest 25, rising linearly from 1/n before. */
export function forgettingWeights(n: number): Float64Array {
  const weights = new Float64Array(n).fill(1);
  const older = n - linearForgetting;
  const step = (1 - 1 / n) / Math.max(1, older - 1);
  for (let i = 0; i < older; i++) weights[i] = 1 / n + i * step;
  if (older > 1) weights[older - 1] = 1;
  return weights;
}
