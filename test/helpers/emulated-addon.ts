/**
 * To be imported before anything that uses the addon: what a test file does on CUDA devices runs on
 * the emulated one, unless TRIALFORGE_ADDON names another addon.
 */
import { join } from 'node:path';
import process from 'node:process';
import { root } from './paths.js';

process.env['TRIALFORGE_ADDON'] ??= join(root, 'build/Release/trialforge_emulated.node');
