// Undoes the build: everything that the scripts made, but for the installed packages.
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { scriptOptions } from './arguments.mjs';

const { packages } = scriptOptions(
  `Usage: npm run clean [-- --packages]

  Removes build, dist, docs/api and .setup.

  --packages   and node_modules, docs/reference/node_modules`,
  { packages: { type: 'boolean', default: false } },
);
const folders = [
  ...['build', 'dist', 'docs/api', '.setup'],
  ...(packages ? ['node_modules', 'docs/reference/node_modules'] : []),
];
for (const folder of folders) {
  rmSync(fileURLToPath(new URL(`../${folder}`, import.meta.url)), { recursive: true, force: true });
}
console.log(`Removed ${folders.join(', ')}.`);
