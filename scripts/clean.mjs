// Undoes the build: everything that scripts/setup.mjs made, but for the installed packages.
import { rmSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const folders = ['build', 'dist', '.setup'];
if (process.argv.includes('--packages')) folders.push('node_modules');
for (const folder of folders) {
  rmSync(fileURLToPath(new URL(`../${folder}`, import.meta.url)), { recursive: true, force: true });
}
console.log(`Removed ${folders.join(', ')}.`);
