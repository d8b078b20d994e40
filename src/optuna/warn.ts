import process from 'node:process';

/** Tells the user about something odd that was accepted. Listen with `process.on('warning')`. */
export function warn(message: string): void {
  process.emitWarning(message, 'TrialforgeWarning');
}
