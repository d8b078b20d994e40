import { resolve } from 'node:path';
import { InvalidArgumentError, invalidArgument } from '../../../errors.js';

/** Where a database is: what an SQLAlchemy URL says, as Optuna takes them. */
export type DatabaseUrl = SqliteUrl | PostgresqlUrl;

export interface SqliteUrl {
  readonly kind: 'sqlite';
  /** Absolute; ':memory:' for a database that ends with its storage. */
  readonly path: string;
}

export interface PostgresqlUrl {
  readonly kind: 'postgresql';
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string | undefined;
  /** libpq's connection parameters. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Whether a text names a database that RDBStorage opens. */
export const rdbPattern = /^(sqlite|postgres(ql)?)(\+\w+)?:\/\//;

const parameterNames = [
  'host',
  'port',
  'sslmode',
  'sslrootcert',
  'connect_timeout',
  'application_name',
  'options',
];

/** Throws InvalidArgumentError. No message repeats the URL: it may hold a password. */
export function parseUrl(url: unknown): DatabaseUrl {
  if (typeof url !== 'string' || !rdbPattern.test(url)) {
    throw new InvalidArgumentError(
      `url must begin with sqlite:// or postgresql://${typeof url === 'string' ? `, not '${url.slice(0, Math.max(0, url.indexOf(':')))}:'` : ''}`,
    );
  }
  return url.startsWith('sqlite') ? sqlite(url) : postgresql(url);
}

function sqlite(url: string): SqliteUrl {
  const [, path = '', query] = /^[^:]+:\/\/([^?]*)(\?.*)?$/s.exec(url)!;
  if (query !== undefined) throw invalidArgument('url', 'a path without parameters', query);
  if (path === '' || path === '/' || path === '/:memory:') {
    return { kind: 'sqlite', path: ':memory:' };
  }
  if (!path.startsWith('/')) {
    throw invalidArgument('url', 'sqlite:///relative.db or sqlite:////absolute.db', url);
  }
  return { kind: 'sqlite', path: resolve(path.slice(1)) };
}

function postgresql(url: string): PostgresqlUrl {
  const parts =
    /^[^:]+:\/\/(?:(?<user>[^:/@]*)(?::(?<password>[^@]*))?@)?(?<host>\[[^\]]*\]|[^/:?]*)(?::(?<port>\d+))?(?:\/(?<database>[^?]*))?(?:\?(?<query>.*))?$/.exec(
      url,
    )?.groups;
  if (!parts) {
    throw new InvalidArgumentError('url must be postgresql://user:password@host:port/database');
  }
  const parameters = new Map(new URLSearchParams(parts['query'] ?? ''));
  for (const name of parameters.keys()) {
    if (!parameterNames.includes(name)) {
      throw invalidArgument('a parameter of url', `one of ${parameterNames.join(', ')}`, name);
    }
  }
  const port = whole('port', parts['port'] ?? parameters.get('port'), 1, 65_535);
  whole('connect_timeout', parameters.get('connect_timeout'), 0, 2_000_000);
  return {
    kind: 'postgresql',
    host: decoded(parts['host']?.replace(/^\[|\]$/g, '')) ?? parameters.get('host'),
    port,
    user: decoded(parts['user']),
    password: decoded(parts['password']),
    database: decoded(parts['database']),
    parameters,
  };
}

/** Throws InvalidArgumentError unless the text is a whole number in low..high. */
function whole(
  name: string,
  text: string | undefined,
  low: number,
  high: number,
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < low || value > high) {
    throw invalidArgument(`${name} of url`, `a whole number in ${low}..${high}`, text);
  }
  return value;
}

function decoded(part: string | undefined): string | undefined {
  if (!part) return undefined;
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
