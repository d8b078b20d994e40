import { invalidArgument } from '../errors.js';

// JSON as Python's `json` module writes and reads it: spaces after ',' and ':', ASCII only, and the
// bare tokens NaN, Infinity and -Infinity. Optuna's storages hold such text.

/** A value that JSON can hold, non-finite numbers included. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** Marks a number that Python must read as a float: 1 is written 1.0. */
export class PythonFloat {
  constructor(readonly value: number) {}
}

type Writable = Json | PythonFloat | readonly Writable[] | { readonly [key: string]: Writable };

export interface DumpOptions {
  /** No spaces after ',' and ':'. Default false. */
  compact?: boolean;
}

export function dumps(value: Writable, { compact = false }: DumpOptions = {}): string {
  return write(value, compact ? ',' : ', ', compact ? ':' : ': ');
}

function write(value: Writable, comma: string, colon: string): string {
  if (value instanceof PythonFloat) return floatText(value.value);
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) && !Object.is(value, -0) ? `${value}` : floatText(value);
  }
  if (typeof value === 'string') return stringText(value);
  if (value === null || typeof value === 'boolean') return `${value}`;
  if (Array.isArray(value)) {
    return `[${value.map((element) => write(element, comma, colon)).join(comma)}]`;
  }
  const entries = Object.entries(value as { [key: string]: Writable });
  const texts = entries.map(([key, entry]) => stringText(key) + colon + write(entry, comma, colon));
  return `{${texts.join(comma)}}`;
}

/** Throws SyntaxError if `text` is not JSON in this sense. */
export function loads(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return loadsWithTokens(text);
  }
}

function loadsWithTokens(text: string): Json {
  // A string that the text does not have stands for NaN; 1e999 reads as Infinity.
  let nan = '\\u0000NaN';
  while (text.includes(nan)) nan += 'N';
  let isStrict = true;
  const strict = replaceOutsideStrings(text, /NaN|Infinity/g, (token) => {
    if (token === 'Infinity') return '1e999';
    isStrict = false;
    return `"${nan}"`;
  });
  if (isStrict) return JSON.parse(strict) as Json;
  const marked = JSON.parse(`"${nan}"`) as string;
  return JSON.parse(strict, (_, value) => (value === marked ? Number.NaN : value)) as Json;
}

/**
 * JSON with what matches `tokens` replaced, except within strings. These are stepped over by hand: a
 * pattern for whole strings overflows the stack at long ones.
 */
export function replaceOutsideStrings(
  json: string,
  tokens: RegExp,
  replacement: (token: string) => string,
): string {
  let replaced = '';
  for (let at = 0; at < json.length; ) {
    const quote = json.indexOf('"', at);
    const begin = quote < 0 ? json.length : quote;
    replaced += json.slice(at, begin).replaceAll(tokens, replacement);
    at = endOfString(json, begin);
    replaced += json.slice(begin, at);
  }
  return replaced;
}

/** The position behind the string that begins at `begin`. */
function endOfString(json: string, begin: number): number {
  for (let quote = begin; ; ) {
    quote = json.indexOf('"', quote + 1);
    if (quote < 0) return json.length;
    let escapes = 0;
    while (json[quote - 1 - escapes] === '\\') escapes += 1;
    if (escapes % 2 === 0) return quote + 1;
  }
}

/** Python's repr of a float. */
function floatText(x: number): string {
  if (Number.isNaN(x)) return 'NaN';
  if (!Number.isFinite(x)) return x > 0 ? 'Infinity' : '-Infinity';
  if (Object.is(x, -0)) return '-0.0';
  const size = Math.abs(x);
  // JavaScript's own text, where neither language writes an exponent.
  if (size >= 1e-4 && size < 1e16) return Number.isInteger(x) ? `${x}.0` : `${x}`;
  if (size === 0) return '0.0';
  const [mantissa, exponentText] = x.toExponential().split('e') as [string, string];
  const exponent = Number(exponentText);
  const sign = exponent < 0 ? '-' : '+';
  return `${mantissa}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

function stringText(text: string): string {
  if (/^[ !#-[\]-~]*$/.test(text)) return `"${text}"`;
  return JSON.stringify(text).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Arrays and objects inside each other that Python's `json` reads, less some for what is around them. */
const deepest = 500;

/**
 * A copy of `value` that nobody else can change. Throws InvalidArgumentError if JSON cannot hold it, or
 * if it is nested too deep for Python to read it.
 */
export function toJson(name: string, value: unknown): Json {
  return copy(name, value, []);
}

function copy(name: string, value: unknown, parents: readonly unknown[]): Json {
  if (value === null || ['boolean', 'number', 'string'].includes(typeof value))
    return value as Json;
  if (parents.includes(value)) throw invalidArgument(name, 'free of cycles', value);
  if (parents.length >= deepest) {
    const outer = name.slice(0, name.search(/[.[]|$/));
    throw invalidArgument(outer, `nested at most ${deepest} deep`, parents[0]);
  }
  const inside = [...parents, value];
  if (Array.isArray(value)) {
    return Object.freeze(value.map((element, i) => copy(`${name}[${i}]`, element, inside)));
  }
  if (typeof value === 'object' && isPlain(value)) {
    const entries = Object.entries(value);
    return Object.freeze(
      Object.fromEntries(
        entries.map(([key, entry]) => [key, copy(`${name}.${key}`, entry, inside)]),
      ),
    );
  }
  throw invalidArgument(name, 'what JSON can hold', value);
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
