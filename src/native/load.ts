import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { AddonError } from '../errors.js';
import type { Addon } from './addon.js';

function packageRoot(): string {
  return fileURLToPath(new URL('../../..', import.meta.url));
}

/** Loads build/Release/trialforge.node. Throws AddonError with what to do when that fails. */
export function loadAddon(): Addon {
  const require = createRequire(import.meta.url);
  try {
    return require('bindings')({ bindings: 'trialforge', module_root: packageRoot() }) as Addon;
  } catch (cause) {
    throw new AddonError(
      `the native addon could not be loaded (${(cause as Error).message.split('\n')[0]}). Build it with: npm run setup --prefix ${packageRoot()}`,
      { cause },
    );
  }
}
