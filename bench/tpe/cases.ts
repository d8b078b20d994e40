/** What is suggested in every trial. */
export type Space = 'floats' | 'mixed';
export type SamplerName = 'defaults' | 'independent' | 'random';
export type StorageName = 'memory' | 'sqlite' | 'journal';

export interface TpeCase {
  readonly name: string;
  /** The sampler, or what else is compared under the name. */
  readonly pass: string;
  readonly sampler: SamplerName;
  readonly space: Space;
  readonly parameters: number;
  readonly objectives: 1 | 2;
  readonly storage: StorageName;
  readonly trials: number;
  /** Whether Optuna does it, too: with thousands of trials more it takes hours. */
  readonly peer: boolean;
}

const floats = { space: 'floats', parameters: 40, objectives: 1, storage: 'memory' } as const;

/** The cases in their order. `quick`: a tenth of the trials, without the long studies. */
export function tpeCases(quick: boolean): TpeCase[] {
  const n = quick ? 100 : 1000;
  const stored = (storage: StorageName): TpeCase => ({
    ...floats,
    name: `${n / 5} trials x 10 floats`,
    pass: `${storage}, random`,
    ...{ parameters: 10, sampler: 'random', storage, trials: n / 5, peer: true },
  });
  const long: TpeCase[] = [
    {
      ...floats,
      name: '10000 trials x 40 floats',
      pass: 'defaults',
      ...{ sampler: 'defaults', trials: 10_000, peer: false },
    },
    {
      ...floats,
      name: '100000 trials x 10 floats',
      pass: 'defaults',
      ...{ sampler: 'defaults', parameters: 10, trials: 100_000, peer: false },
    },
  ];
  return [
    {
      ...floats,
      name: `${n} trials x 40 floats`,
      pass: 'defaults',
      ...{ sampler: 'defaults', trials: n, peer: true },
    },
    {
      ...floats,
      name: `${n} trials x 40 floats`,
      pass: 'independent',
      ...{ sampler: 'independent', trials: n, peer: true },
    },
    {
      ...floats,
      name: `${n} trials x 40 mixed`,
      pass: 'defaults',
      ...{ sampler: 'defaults', space: 'mixed', trials: n, peer: true },
    },
    {
      ...floats,
      name: `${n} trials x 10 floats, 2 objectives`,
      pass: 'defaults',
      ...{ sampler: 'defaults', parameters: 10, objectives: 2, trials: n, peer: true },
    },
    ...(quick ? [] : long),
    stored('memory'),
    stored('journal'),
    stored('sqlite'),
  ];
}
