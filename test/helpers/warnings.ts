import process from 'node:process';
import { setImmediate } from 'node:timers/promises';
import { forgetWarnings } from '../../src/optuna/warn.js';

/**
 * The messages of trialforge's warnings while `body` runs, each once, also if it came before; they are
 * not printed. Call it from serial tests alone.
 */
export async function warningsOf(body: () => unknown): Promise<string[]> {
  const messages: string[] = [];
  const listen = (warning: Error): void => {
    if (warning.name === 'TrialforgeWarning') messages.push(warning.message);
  };
  const printers = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', listen);
  forgetWarnings();
  try {
    await body();
    // Warnings are emitted on the next tick.
    await setImmediate();
  } finally {
    process.off('warning', listen);
    for (const printer of printers) process.on('warning', printer);
  }
  return messages;
}
