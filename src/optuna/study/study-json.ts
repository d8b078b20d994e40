import { z } from 'zod';
import { InvalidArgumentError, invalidArgument, show } from '../../errors.js';
import { checkOptionNames } from '../../options.js';
import { distributionFromJson, distributionToJson } from '../distributions/distribution-json.js';
import { type Distribution, toInternal } from '../distributions/distributions.js';
import { dumps, type Json, loads } from '../python-json.js';
import { openStorageFor } from '../storages/open-storage.js';
import {
  type Attrs,
  directions,
  type FrozenTrial,
  isObjectiveValue,
  type TrialTemplate,
  trialStates,
} from '../trial/frozen-trial.js';
import { type LoadStudyOptions, loadNames, loadStudy } from './create-study.js';
import type { Study } from './study.js';
import { type StudyContent, writeStudy } from './write-study.js';

const format = 'trialforge-study';
const version = 1;

/**
 * The study as it is now, as text that `importStudy` reads: directions, attributes, metric names and
 * all trials with all of their fields, a line a trial. It is JSON as Python's `json` writes it: ASCII,
 * with the bare tokens NaN, Infinity and -Infinity for such values. Times are UTC, in milliseconds.
 * Rejects with StorageError.
 */
export async function studyToJson(study: Study): Promise<string> {
  const trials = await study.trials();
  const head = dumps({
    format,
    version,
    studyName: study.studyName,
    directions: study.directions,
    userAttrs: await study.userAttrs(),
    systemAttrs: await study.systemAttrs(),
  });
  const lines = trials.map((trial) => `\n${trialText(trial)}`);
  return `${head.slice(0, -1)}, "trials": [${lines.join(',')}\n]}\n`;
}

function trialText(trial: FrozenTrial): string {
  const distributions = Object.entries(trial.distributions).map(
    ([name, distribution]) => `${dumps(name)}: ${distributionToJson(distribution)}`,
  );
  const fields = [
    `"number": ${trial.number}`,
    `"state": "${trial.state}"`,
    `"values": ${dumps(trial.values)}`,
    `"params": ${dumps(trial.params)}`,
    `"distributions": {${distributions.join(', ')}}`,
    `"intermediateValues": ${dumps([...trial.intermediateValues])}`,
    `"userAttrs": ${dumps(trial.userAttrs)}`,
    `"systemAttrs": ${dumps(trial.systemAttrs)}`,
    `"datetimeStart": ${dumps(trial.datetimeStart?.toISOString() ?? null)}`,
    `"datetimeComplete": ${dumps(trial.datetimeComplete?.toISOString() ?? null)}`,
  ];
  return `{${fields.join(', ')}}`;
}

/** Options of importStudy. */
export interface ImportStudyOptions extends LoadStudyOptions {
  /** The new study's name, unique within the storage; the one in the text if left out. */
  studyName?: string;
}

/**
 * Makes a study of what `studyToJson` wrote, or none if something fails. Trials that ran stay
 * running. Rejects with InvalidArgumentError for text that is no such study, DuplicatedStudyError,
 * IncompatibleDistributionError, StorageError.
 */
export async function importStudy(json: string, options: ImportStudyOptions = {}): Promise<Study> {
  checkOptionNames('importStudy', options, loadNames);
  const { studyName, ...content } = parseStudy(json);
  return openStorageFor(options.storage, async (storage) => {
    const { name } = await writeStudy(storage, options.studyName ?? studyName, content);
    return loadStudy({ ...options, storage, studyName: name });
  });
}

function parseStudy(json: string): StudyContent & { studyName: string } {
  if (typeof json !== 'string') throw invalidArgument('json', 'a text', json);
  let parsed: Json;
  try {
    parsed = loads(json);
  } catch (cause) {
    throw new InvalidArgumentError(`json must be the text of a study; it is not JSON`, { cause });
  }
  const head = headSchema.safeParse(parsed);
  if (!head.success) {
    throw new InvalidArgumentError(
      `json must be a study in version ${version} of the format '${format}': ${problem(head.error)}`,
    );
  }
  const { data, error } = studySchema.safeParse(parsed);
  if (error) throw new InvalidArgumentError(`json must be a study: ${problem(error)}`);
  const distributions = new Map<string, Distribution>();
  return {
    ...data,
    trials: data.trials.map((trial, i) =>
      templateOf(trial, i, data.directions.length, distributions),
    ),
  };
}

/** Where the first problem is, and what it is. */
function problem({ issues: [issue] }: z.ZodError): string {
  const { path, message } = issue!;
  const place = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`));
  return `${place.join('').replace(/^\./, '') || 'the whole'}: ${message}`;
}

const headSchema = z.looseObject({ format: z.literal(format), version: z.literal(version) });

const isObject = (value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
// A record of zod's would lose the name __proto__.
const attrs = z.custom<Attrs>(isObject, 'must be an object');
const objectiveValue = z.custom<number>(isObjectiveValue, 'must be a number that is not NaN');
const anyNumber = z.custom<number>((value) => typeof value === 'number', 'must be a number');
const datetime = z.iso.datetime().transform((text) => new Date(text));

const trialSchema = z.strictObject({
  number: z.int().min(0),
  state: z.enum(trialStates),
  values: z.array(objectiveValue).nullable(),
  params: z.custom<FrozenTrial['params']>(isObject, 'must be an object'),
  distributions: attrs,
  intermediateValues: z.array(z.tuple([z.int().min(0), anyNumber])),
  userAttrs: attrs,
  systemAttrs: attrs,
  datetimeStart: datetime.nullable(),
  datetimeComplete: datetime.nullable(),
});

const studySchema = z.strictObject({
  format: z.literal(format),
  version: z.literal(version),
  studyName: z.string(),
  directions: z.array(z.enum(directions)).min(1),
  userAttrs: attrs,
  systemAttrs: attrs,
  trials: z.array(trialSchema),
});

/**
 * Throws InvalidArgumentError unless trial `i` is consistent. `known` has the distributions of the trials
 * before, by their texts.
 */
function templateOf(
  { number, ...trial }: z.output<typeof trialSchema>,
  i: number,
  nObjectives: number,
  known: Map<string, Distribution>,
): TrialTemplate {
  const refuse = (why: string): never => {
    throw new InvalidArgumentError(`json must be a study: trials[${i}] ${why}`);
  };
  if (number !== i) refuse(`must have number ${i}, not ${number}`);
  if (trial.values === null ? trial.state === 'complete' : trial.values.length !== nObjectives) {
    refuse(`must have ${nObjectives} values, not ${show(trial.values)}`);
  }
  const names = Object.keys(trial.params);
  const has = (name: string) => Object.hasOwn(trial.distributions, name);
  if (names.length !== Object.keys(trial.distributions).length || !names.every(has)) {
    refuse('must have one distribution for each of params');
  }
  const distributions = Object.fromEntries(
    Object.entries(trial.distributions).map(([name, json]) => {
      const text = dumps(json);
      const distribution = known.get(text) ?? distributionFromJson(text);
      known.set(text, distribution);
      toInternal(distribution, trial.params[name], `trials[${i}].params['${name}']`);
      return [name, distribution];
    }),
  );
  return { ...trial, distributions, intermediateValues: new Map(trial.intermediateValues) };
}
