import { readFileSync } from 'node:fs';
import test from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';
import { createStudy } from '../../src/optuna/index.js';
import { loads } from '../../src/optuna/python-json.js';
import type { ToldState } from '../../src/optuna/study/tell.js';
import { warningsOf } from '../helpers/warnings.js';

interface Case {
  nObjectives: number;
  reports: [step: number, value: number][];
  values: unknown;
  state: string | null;
  becomes: { state: string; values: number[] | null } | { error: string };
}

const { cases } = loads(
  readFileSync(new URL('../../../test/fixtures/optuna/tell-rules.json', import.meta.url), 'utf8'),
) as unknown as { cases: Case[] };

/** With a text for a number Optuna falls over by accident; here that is a value that is none. */
function expected({ state, becomes }: Case): Case['becomes'] {
  const isAccident = 'error' in becomes && becomes.error === 'TypeError' && state === null;
  return isAccident ? { state: 'FAIL', values: null } : becomes;
}

test.serial(
  `tell does as Optuna in ${cases.length} cases of values, states and reports`,
  async (t) => {
    for (const one of cases) {
      const { nObjectives, reports, values, state } = one;
      const study = await createStudy({ directions: new Array(nObjectives).fill('minimize') });
      const trial = await study.ask();
      for (const [step, value] of reports) await trial.report(value, step);
      const options = state === null ? {} : { state: state.toLowerCase() as ToldState };
      const wanted = expected(one);
      const name = JSON.stringify(one);
      const messages = await warningsOf(async () => {
        const told = study.tell(trial, values as number, options);
        if ('error' in wanted) {
          await t.throwsAsync(told, { instanceOf: InvalidArgumentError }, name);
          t.is(trial.state, 'running', name);
        } else {
          const result = await told;
          t.is(result.state.toUpperCase(), wanted.state, name);
          t.deepEqual(result.values, wanted.values, name);
        }
      });
      const warns = state === null && 'state' in wanted && wanted.state === 'FAIL';
      t.is(messages.length, warns ? 1 : 0, name);
    }
  },
);
