import { AsyncLocalStorage } from 'node:async_hooks';

/** Trials of a deterministic optimization that run together. */
export interface Unit {
  readonly study: object;
  /** Whether one of them called for a stop, which counts when they are concluded. */
  stops: boolean;
}

const units = new AsyncLocalStorage<Unit>();

/** Runs `body`, and all that it waits for, as that unit. */
export function runUnit<T>(unit: Unit, body: () => T): T {
  return units.run(unit, body);
}

/** The unit of `study` that the caller belongs to; undefined outside of one. */
export function unitOf(study: object): Unit | undefined {
  const unit = units.getStore();
  return unit?.study === study ? unit : undefined;
}
