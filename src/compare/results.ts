import { existsSync, statSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { DataError, InvalidArgumentError } from '../errors.js';
import { writeWhole } from '../write-whole.js';
import { planSchema } from './plan.js';
import { trialParamsSchema } from './space.js';
import { strategyNames } from './strategies/names.js';

/** The name of the file that holds a comparison, in its folder. */
export const resultsFile = 'results.json';
const format = 'trialforge-comparison';
const version = 1;

const epochSchema = z.strictObject({
  loss: z.number(),
  accuracy: z.number(),
  testLoss: z.number(),
  testAccuracy: z.number(),
});

export const trialStates = ['running', 'interrupted', 'complete', 'pruned', 'failed'] as const;

const trialSchema = z.strictObject({
  /** Counted from 0 within its strategy. */
  number: z.int().nonnegative(),
  params: trialParamsSchema,
  state: z.enum(trialStates),
  /** Why it was pruned or failed. */
  reason: z.string().optional(),
  /** Test accuracy after the last epoch; only of complete trials. */
  value: z.number().optional(),
  epochs: z.array(epochSchema),
});

/** A trial that trained at once with others has its share of the time that all of them took. */
const trialTimeSchema = z.strictObject({
  seconds: z.number(),
  epochs: z.array(z.number()),
});

const timesSchema = z.strictObject({
  /** ISO 8601. */
  started: z.string(),
  /** Of the last trial's end. */
  updated: z.string(),
  /** Seconds of each trial and of each of its epochs, with the test after it. */
  trials: z.partialRecord(z.enum(strategyNames), z.array(trialTimeSchema)),
});

const environmentSchema = z.strictObject({
  trialforge: z.string(),
  node: z.string(),
  /** That built the native addon. */
  compiler: z.string(),
  platform: z.string(),
  cpu: z.string(),
  cores: z.int(),
  /** CPU threads asked for; results do not depend on them. */
  threads: z.int(),
  instructionSet: z.string(),
  memoryGiB: z.number(),
  /** The devices found, or why there are none. */
  cuda: z.string(),
});

const dataSchema = z.strictObject({
  name: z.string(),
  shape: z.tuple([z.int(), z.int(), z.int()]),
  classes: z.int(),
  /** Some training images: pixels are uint8 [height, width, channels] in base64. */
  sample: z.array(z.strictObject({ label: z.int(), pixels: z.base64() })),
});

export const resultsSchema = z.strictObject({
  format: z.literal(format),
  version: z.literal(version),
  status: z.enum(['running', 'interrupted', 'complete']),
  plan: planSchema,
  data: dataSchema,
  strategies: z.array(
    z.strictObject({ name: z.enum(strategyNames), trials: z.array(trialSchema) }),
  ),
  environment: environmentSchema,
  /** The only part that differs between two runs of the same plan on the same machine. */
  times: timesSchema,
});

/** All of a comparison, as results.json holds it. */
export type Results = z.infer<typeof resultsSchema>;
/** A trial with its parameters, its state and the metrics of each epoch. */
export type TrialRecord = z.infer<typeof trialSchema>;
export type TrialTime = z.infer<typeof trialTimeSchema>;
/** What became of a trial. `interrupted`: it runs again when the comparison is resumed. */
export type TrialState = (typeof trialStates)[number];
/** What the data of a comparison were: name, shape, classes and a sample of images. */
export type DataDescription = z.infer<typeof dataSchema>;
/** What a comparison ran on. */
export type Environment = z.infer<typeof environmentSchema>;

export function isFinished(trial: TrialRecord): boolean {
  return trial.state !== 'running' && trial.state !== 'interrupted';
}

/** Results before the first trial. */
export function emptyResults(parts: Pick<Results, 'plan' | 'data' | 'environment'>): Results {
  const { plan, data, environment } = parts;
  const now = new Date().toISOString();
  return {
    format,
    version,
    status: 'running',
    plan,
    data,
    strategies: plan.strategies.map(({ name }) => ({ name, trials: [] })),
    environment,
    times: {
      started: now,
      updated: now,
      trials: Object.fromEntries(plan.strategies.map(({ name }) => [name, []])),
    },
  };
}

/**
 * The results in a report folder, or undefined if it has none.
 * @throws DataError naming the file, if it is damaged or of another version; InvalidArgumentError if
 *   `folder` is a file
 */
export async function readResults(folder: string): Promise<Results | undefined> {
  const path = join(folder, resultsFile);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ENOTDIR') {
      throw new InvalidArgumentError(
        `${folder} is a file; give the folder that holds ${resultsFile}`,
        { cause },
      );
    }
    throw new DataError(`${path} could not be read: ${(cause as Error).message}`, { cause });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new DataError(
      `${path} does not hold the results of a comparison: ${text.trim() === '' ? 'it is empty' : 'it is not JSON'}`,
      { cause },
    );
  }
  const head = z.looseObject({ format: z.literal(format), version: z.int() }).safeParse(json);
  if (!head.success) throw new DataError(`${path} does not hold the results of a comparison`);
  if (head.data.version !== version) {
    throw new DataError(
      `${path} has version ${head.data.version}; this trialforge reads version ${version}`,
    );
  }
  const parsed = resultsSchema.safeParse(json);
  if (!parsed.success) throw new DataError(`${path} is damaged: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/**
 * Makes a folder and what is missing above it, one level at a time: a recursive mkdir does not
 * return where the system answers ENOENT for a folder whose parent exists, as in /proc.
 * @throws DataError if it cannot be made
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    const missing: string[] = [];
    let path = resolve(folder);
    for (; !existsSync(path); path = dirname(path)) missing.unshift(path);
    if (!statSync(path).isDirectory()) throw new Error(`${path} is not a folder`);
    for (const level of missing) await mkdir(level).catch(ignoreExisting);
  } catch (cause) {
    throw new DataError(`the folder ${folder} could not be made: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** Another process may have made it in the meantime. */
function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

/**
 * Replaces the results in a folder: whoever reads them, at whatever moment, finds them whole.
 * @throws DataError if they cannot be written
 */
export async function writeResults(folder: string, results: Results): Promise<void> {
  await writeWhole(join(folder, resultsFile), `${JSON.stringify(results, undefined, 1)}\n`);
}
