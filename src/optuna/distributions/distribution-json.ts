import { InvalidArgumentError, show } from '../../errors.js';
import { dumps, type Json, loads, PythonFloat } from '../python-json.js';
import {
  type Choice,
  categoricalDistribution,
  type Distribution,
  floatDistribution,
  intDistribution,
} from './distributions.js';

/** Of distributions that cannot change. */
const texts = new WeakMap<Distribution, string>();

/** The text by which Optuna's storages keep a distribution. */
export function distributionToJson(distribution: Distribution): string {
  const known = texts.get(distribution);
  if (known !== undefined) return known;
  const text = textOf(distribution);
  if (Object.isFrozen(distribution)) texts.set(distribution, text);
  return text;
}

function textOf(distribution: Distribution): string {
  switch (distribution.kind) {
    case 'float': {
      const { step, low, high, log } = distribution;
      return named('FloatDistribution', {
        step: step === null ? null : new PythonFloat(step),
        low: new PythonFloat(low),
        high: new PythonFloat(high),
        log,
      });
    }
    case 'int': {
      const { log, step, low, high } = distribution;
      return named('IntDistribution', { log, step, low, high });
    }
    case 'categorical':
      return named('CategoricalDistribution', { choices: distribution.choices });
  }
}

function named(name: string, attributes: Parameters<typeof dumps>[0]): string {
  return dumps({ name, attributes });
}

type Attributes = Readonly<Record<string, Json>>;

/** How a stored name becomes a distribution: the attributes it needs, may have, and what they make. */
interface Reader {
  needs: readonly string[];
  allows: readonly string[];
  make: (attributes: Attributes) => Distribution;
}

const numeric = ['low', 'high'];

function floatReader(allows: readonly string[], fixed: { log?: boolean } = {}): Reader {
  return {
    needs: numeric,
    allows,
    make: ({ low, high, ...options }) =>
      floatDistribution(low as number, high as number, { ...options, ...fixed }),
  };
}

function intReader(allows: readonly string[], fixed: { log?: boolean } = {}): Reader {
  return {
    needs: numeric,
    allows,
    make: ({ low, high, ...options }) =>
      intDistribution(low as number, high as number, { ...options, ...fixed }),
  };
}

const categoricalReader: Reader = {
  needs: ['choices'],
  allows: [],
  make: ({ choices }) => categoricalDistribution(choices as Choice[]),
};

const float = floatReader(['step', 'log']);
const int = intReader(['step', 'log']);

/** Class names, those of Optuna before 3.0 included. */
const byName: Readonly<Record<string, Reader>> = {
  FloatDistribution: float,
  IntDistribution: int,
  CategoricalDistribution: categoricalReader,
  UniformDistribution: floatReader([]),
  LogUniformDistribution: floatReader([], { log: true }),
  DiscreteUniformDistribution: {
    needs: [...numeric, 'q'],
    allows: [],
    make: ({ low, high, q }) =>
      floatDistribution(low as number, high as number, { step: q as number }),
  },
  IntUniformDistribution: intReader(['step']),
  IntLogUniformDistribution: intReader(['step'], { log: true }),
};

/** The short form's types. */
const byType: Readonly<Record<string, Reader>> = { float, int, categorical: categoricalReader };

/**
 * Reads what distributionToJson writes, what older versions of Optuna wrote, and the short form
 * `{"type": "float", "low": 0, "high": 1}`. Throws InvalidArgumentError.
 */
export function distributionFromJson(text: string): Distribution {
  const refuse = (why: string, cause?: unknown): never => {
    throw new InvalidArgumentError(`a distribution cannot be read from ${show(text)}: ${why}`, {
      cause,
    });
  };
  let parsed: Json;
  try {
    parsed = loads(text);
  } catch (cause) {
    return refuse('it is not JSON', cause);
  }
  if (!isObject(parsed)) return refuse('it is no object');
  const { name, attributes, type, ...direct } = parsed;
  const [table, key, given] =
    name === undefined ? [byType, type, direct] : [byName, name, attributes];
  if (typeof key !== 'string' || !Object.hasOwn(table, key)) {
    return refuse(`it names no known distribution: ${show(key)}`);
  }
  if (!isObject(given)) return refuse('its attributes are no object');
  const { needs, allows, make } = table[key]!;
  for (const attribute of needs) {
    if (!Object.hasOwn(given, attribute)) refuse(`'${attribute}' is missing`);
  }
  for (const attribute of Object.keys(given)) {
    if (![...needs, ...allows].includes(attribute)) refuse(`'${attribute}' is unknown`);
  }
  return make(given);
}

function isObject(value: unknown): value is Attributes {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
