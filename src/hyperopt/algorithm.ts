import { JOB_STATE_NEW, type TrialDocument } from './documents.js';
import type { Domain } from './domain.js';
import type { LabelValues } from './space.js';
import type { Trials } from './trials.js';

/**
 * A search algorithm: proposes documents for the first of `newIds`, at most one an id, given the
 * history; none ends the search. `seed`, a non-negative integer, decides everything that is random.
 */
export type Algorithm = (
  newIds: readonly number[],
  domain: Domain,
  trials: Trials,
  seed: number,
) => TrialDocument[] | Promise<TrialDocument[]>;

/** The document that proposes `vals` as trial `tid`. It is not inserted. */
export function proposal(
  tid: number,
  vals: LabelValues,
  domain: Domain,
  trials: Trials,
): TrialDocument {
  const idxs = Object.entries(vals).map(([label, values]) => [label, values.map(() => tid)]);
  return {
    state: JOB_STATE_NEW,
    tid,
    spec: null,
    result: domain.newResult(),
    misc: { tid, cmd: domain.cmd, workdir: domain.workdir, idxs: Object.fromEntries(idxs), vals },
    expKey: trials.expKey,
    owner: null,
    version: 0,
    bookTime: null,
    refreshTime: null,
  };
}
