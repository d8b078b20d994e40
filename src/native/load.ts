import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { AddonError } from '../errors.js';
import type { Addon } from './addon.js';

function packageRoot(): string {
  return fileURLToPath(new URL('../../..', import.meta.url));
}

/**
 * Loads build/Release/trialforge.node, or the file that the environment variable TRIALFORGE_ADDON
 * names. Throws AddonError with what to do when that fails.
 */
export function loadAddon(): Addon {
  const require = createRequire(import.meta.url);
  const named = process.env['TRIALFORGE_ADDON'];
  const load = named
    ? () => require(resolve(named))
    : () => require('bindings')({ bindings: 'trialforge', module_root: packageRoot() });
  try {
    return load() as Addon;
  } catch (cause) {
    const reason = (cause as Error).message.split('\n')[0];
    throw new AddonError(
      named
        ? `the native addon that TRIALFORGE_ADDON names could not be loaded (${reason})`
        : `the native addon could not be loaded (${reason}). Build it with: npm run setup --prefix ${packageRoot()}`,
      { cause },
    );
  }
}
