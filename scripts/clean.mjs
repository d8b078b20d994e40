// Undoes the build: everything that scripts/setup.mjs made, but for the installed packages.
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { scriptOptions } from './arguments.mjs';

const { packages } = scriptOptions(
  `Usage: npm run clean [-- --packages]

  Removes build, dist and .setup.

  --packages   and node_modules`,
  { packages: { type: 'boolean', default: false } },
);
const folders = ['build', 'dist', '.setup', ...(packages ? ['node_modules'] : [])];
for (const folder of folders) {
  rmSync(fileURLToPath(new URL(`../${folder}`, import.meta.url)), { recursive: true, force: true });
}
console.log(`Removed ${folders.join(', ')}.`);
