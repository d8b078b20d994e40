// Generates the API reference of every export path into docs/api/, or with --check tells what of it
// has no docstring: exported symbols, and members of exported classes and interfaces.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { scriptOptions } from './arguments.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { check } = scriptOptions(
  `Usage: npm run docs [-- --check]

  Writes the API reference to docs/api/index.html.
  --check   only tell which public symbols have no docstring`,
  { check: { type: 'boolean', default: false } },
);

const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
// The first path that has a symbol owns it; the package's own path has most of them once more.
const entryPoints = Object.entries(exports)
  .filter(([, { types }]) => types !== undefined)
  .sort(([a], [b]) => Number(a === '.') - Number(b === '.'))
  .map(([, { types }]) => join(root, types.replace(/^\.\/dist\/(.*)\.d\.ts$/, '$1.ts')));

function typedoc(args) {
  const require = createRequire(join(root, 'docs', 'reference', 'package.json'));
  let program;
  try {
    program = join(dirname(require.resolve('typedoc/package.json')), 'bin', 'typedoc');
  } catch {
    console.error('TypeDoc is not installed; npm install brings it.');
    process.exit(1);
  }
  const options = ['--options', join(root, 'docs', 'reference', 'typedoc.json')];
  const { status } = spawnSync(process.execPath, [program, ...options, ...args, ...entryPoints], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) process.exit(1);
}

// Of TypeDoc's ReflectionKind.
const kinds = {
  module: 2,
  namespace: 4,
  variable: 32,
  function: 64,
  class: 128,
  interface: 256,
  constructor: 512,
  property: 1024,
  method: 2048,
  accessor: 262144,
  type: 2097152,
  reference: 4194304,
};

/** A signature of a function or method, or the symbol itself, has a comment. */
function isDocumented({ comment, signatures = [], getSignature, setSignature, type }) {
  // A function kept in a constant has its docstring at the signature of its type.
  const inType = type?.declaration?.signatures ?? [];
  const all = [{ comment }, ...signatures, getSignature, setSignature, ...inType];
  return all.some((one) => one?.comment?.summary?.length > 0);
}

/** What another symbol documents: overrides, implementations and what Error brings. */
const isInherited = ({ inheritedFrom, overwrites, implementationOf }) =>
  inheritedFrom !== undefined || overwrites !== undefined || implementationOf !== undefined;

function undocumented(symbol, path) {
  const name = path === '' ? symbol.name : `${path}.${symbol.name}`;
  if (symbol.kind === kinds.reference) return [];
  const children = symbol.children ?? [];
  const own = isDocumented(symbol) ? [] : [name];
  if (symbol.kind === kinds.module || symbol.kind === kinds.namespace) {
    return [...own, ...children.flatMap((child) => undocumented(child, name))];
  }
  const members = children.filter((child) => {
    if (isInherited(child) || child.flags?.isPrivate || child.name.startsWith('[')) return false;
    if (![kinds.class, kinds.interface].includes(symbol.kind)) return false;
    return [kinds.property, kinds.method, kinds.accessor].includes(child.kind);
  });
  return [
    ...own,
    ...members.filter((child) => !isDocumented(child)).map((child) => `${name}.${child.name}`),
  ];
}

if (check) {
  const folder = mkdtempSync(join(tmpdir(), 'trialforge-docs-'));
  try {
    const file = join(folder, 'api.json');
    typedoc(['--json', file]);
    const missing = JSON.parse(readFileSync(file, 'utf8')).children.flatMap((module) =>
      undocumented(module, ''),
    );
    for (const name of missing) console.error(`${name}: has no docstring`);
    console.log(
      missing.length === 0
        ? 'docs: every public symbol has a docstring'
        : `docs: ${missing.length} public symbols have no docstring`,
    );
    process.exitCode = missing.length === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
} else {
  typedoc(['--out', join(root, 'docs', 'api')]);
}
