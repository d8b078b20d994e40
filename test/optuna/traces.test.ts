// Samplers next to the real Optuna, suggestion for suggestion. replay.test.ts does it for TPE.
import test from 'ava';
import { replay, type TraceCase } from '../helpers/optuna-traces.js';
import { fixture } from '../helpers/paths.js';

for (const name of ['random', 'grid', 'brute-force', 'partial-fixed', 'hyperband']) {
  const { cases } = fixture<{ cases: TraceCase[] }>(`optuna/${name}.json`);
  for (const trace of cases) {
    const { studyName, space, parallel = 1 } = trace;
    test(`does what Optuna did: ${studyName}, ${space}, ${parallel} at once`, async (t) => {
      await t.notThrowsAsync(replay(t, trace));
    });
  }
}
