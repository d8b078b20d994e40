import { show, TrialforgeError } from '../errors.js';

/** Two different nodes of a space have the same label. */
export class DuplicateLabel extends TrialforgeError {
  constructor(label: string) {
    super('ERR_DUPLICATE_LABEL', `label ${show(label)} must name one node, not several`);
  }
}

/** A space that is no tree of objects, arrays, `hp` nodes and plain values. */
export class InvalidSpace extends TrialforgeError {
  constructor(message: string) {
    super('ERR_INVALID_SPACE', message);
  }
}

/** A trial document that lacks a field or contradicts itself or its Trials. */
export class InvalidTrial extends TrialforgeError {
  constructor(message: string) {
    super('ERR_INVALID_TRIAL', message);
  }
}

/** An objective's result that is neither a number nor an object with a known `status`. */
export class InvalidResultStatus extends TrialforgeError {
  constructor(message: string) {
    super('ERR_INVALID_RESULT_STATUS', message);
  }
}

/** An objective's result with status 'ok' whose `loss` is no number. */
export class InvalidLoss extends TrialforgeError {
  constructor(message: string) {
    super('ERR_INVALID_LOSS', message);
  }
}

/** No trial ended with status 'ok' and a loss. */
export class AllTrialsFailed extends TrialforgeError {
  constructor() {
    super('ERR_ALL_TRIALS_FAILED', "no trial has status 'ok' and a loss");
  }
}
