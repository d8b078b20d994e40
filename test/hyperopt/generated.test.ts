// Searches by Hyperopt 0.3.0 over generated spaces, with everything that happens in practice: nested
// and shared nodes, failed trials, queues. See the fixture for its source.

import test from 'ava';
import {
  fmin,
  hp,
  type LabelValues,
  type ParameterNode,
  rand,
  type Status,
  type TrialDocument,
  Trials,
  tpe,
} from '../../src/hyperopt/index.js';
import { checkValues } from '../helpers/hyperopt.js';
import { fixture } from '../helpers/paths.js';

type Description =
  | { value: unknown }
  | { again: string }
  | { array: Description[] }
  | { object: Record<string, Description> }
  | { hp: 'choice'; label: string; options: Description[] }
  | { hp: 'pchoice'; label: string; options: Description[]; p: number[] }
  | { hp: Exclude<keyof typeof hp, 'choice' | 'pchoice'>; label: string; args: number[] };

interface Search {
  seed: number;
  algo: 'rand' | 'tpe';
  options: Parameters<typeof tpe.with>[0];
  maxEvals: number;
  maxQueueLen: number;
  space: Description;
  trials: {
    tid: number;
    result: number | 'nan' | 'inf' | 'error' | Status | { status: Status; loss: number };
    vals: Record<string, number>;
  }[];
}

function build(description: Description, nodes: Map<string, unknown>): unknown {
  const inner = (part: Description) => build(part, nodes);
  if ('value' in description) return description.value;
  if ('again' in description) return nodes.get(description.again);
  if ('array' in description) return description.array.map(inner);
  if ('object' in description) {
    return Object.fromEntries(
      Object.entries(description.object).map(([key, part]) => [key, inner(part)]),
    );
  }
  const { label } = description;
  const make = (): unknown => {
    if (description.hp === 'choice') return hp.choice(label, description.options.map(inner));
    if (description.hp === 'pchoice') {
      const { p, options } = description;
      return hp.pchoice(
        label,
        options.map((option, i) => [p[i]!, inner(option)] as const),
      );
    }
    const makeNode = hp[description.hp] as (label: string, ...args: number[]) => ParameterNode;
    return makeNode(label, ...description.args);
  };
  const node = make();
  nodes.set(label, node);
  return node;
}

const { cases } = fixture<{ cases: Search[] }>('hyperopt/generated.json');

cases.forEach(({ seed, algo, options, maxEvals, maxQueueLen, space, trials: expected }, i) => {
  test(`search ${i}: ${algo}, ${maxEvals} trials, queues of ${maxQueueLen}`, async (t) => {
    const results = new Map(expected.map(({ tid, result }) => [tid, result]));
    const proposed: TrialDocument[] = [];
    const suggest = algo === 'rand' ? rand.suggest : tpe.with(options);
    await fmin({
      fn: (_, { trial }) => {
        const result = results.get(trial.tid)!;
        if (result === 'error') throw new Error('as then');
        if (result === 'nan') return Number.NaN;
        if (result === 'inf') return Number.POSITIVE_INFINITY;
        return typeof result === 'string' ? { status: result } : result;
      },
      space: build(space, new Map()),
      algo: (...args) => {
        const docs = suggest(...args);
        proposed.push(...docs);
        return docs;
      },
      maxEvals,
      maxQueueLen,
      trials: new Trials(),
      rstate: seed,
      catchEvalExceptions: true,
      verbose: false,
    });
    t.deepEqual(
      proposed.map(({ tid }) => tid),
      expected.map(({ tid }) => tid),
    );
    proposed.forEach(({ tid, misc }, at) => {
      const wanted = expected[at]!.vals;
      const vals: LabelValues = Object.fromEntries(
        Object.keys(misc.vals).map((label) => [label, label in wanted ? [wanted[label]!] : []]),
      );
      t.true(Object.keys(wanted).every((label) => label in misc.vals));
      checkValues(t, tid, misc.vals, vals);
    });
  });
});
