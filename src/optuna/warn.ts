import process from 'node:process';

/** Texts that are remembered: those told last. */
const remembered = 1000;

const told = new Set<string>();

/**
 * Tells the user about something odd that was accepted; the same text once a process, as Python does by
 * default, since an objective is called many times. Listen with `process.on('warning')`.
 */
export function warn(message: string): void {
  const isKnown = told.delete(message);
  if (!isKnown && told.size >= remembered) told.delete(told.values().next().value!);
  told.add(message);
  if (!isKnown) process.emitWarning(message, 'TrialforgeWarning');
}

/** Lets every text be told again. */
export function forgetWarnings(): void {
  told.clear();
}
