import { TrialforgeError } from '../errors.js';

/** What can go wrong with a study, beyond arguments that cannot be accepted. */
export class StudyError extends TrialforgeError {}

/** A study of that name exists already; `loadIfExists` would have loaded it. */
export class DuplicatedStudyError extends StudyError {
  constructor(studyName: string) {
    super(
      'ERR_DUPLICATED_STUDY',
      `a study named '${studyName}' exists already; choose another studyName or set loadIfExists`,
    );
  }
}

/** The storage has no such study. */
export class StudyNotFoundError extends StudyError {
  constructor(message: string) {
    super('ERR_STUDY_NOT_FOUND', message);
  }
}

/** The study has no such trial. */
export class TrialNotFoundError extends StudyError {
  constructor(message: string) {
    super('ERR_TRIAL_NOT_FOUND', message);
  }
}

/** The trial is not in a state in which the operation makes sense. */
export class TrialStateError extends StudyError {
  constructor(message: string) {
    super('ERR_TRIAL_STATE', message);
  }
}

/** A finished trial cannot be changed. */
export class UpdateFinishedTrialError extends StudyError {
  constructor(trialNumber: number, state: string) {
    super(
      'ERR_UPDATE_FINISHED_TRIAL',
      `trial ${trialNumber} is finished (${state}) and cannot be changed`,
    );
  }
}

/** A parameter name came back with a distribution of another kind. */
export class IncompatibleDistributionError extends StudyError {
  constructor(message: string) {
    super('ERR_INCOMPATIBLE_DISTRIBUTION', message);
  }
}

/** There is no trial among which a best one could be chosen. */
export class NoBestTrialError extends StudyError {
  constructor(message: string) {
    super('ERR_NO_BEST_TRIAL', message);
  }
}

/** The operation has no meaning for a study with several objectives. */
export class MultiObjectiveError extends StudyError {
  constructor(what: string, instead: string) {
    super('ERR_MULTI_OBJECTIVE', `${what} is for studies of one objective; ${instead}`);
  }
}

/** `study.stop()` outside `study.optimize()`. */
export class NotOptimizingError extends StudyError {
  constructor() {
    super(
      'ERR_NOT_OPTIMIZING',
      'study.stop() works only inside an objective or a callback of study.optimize()',
    );
  }
}

/** A storage's file or database cannot be read or written; `cause` is the driver's error. */
export class StorageError extends StudyError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_STORAGE', message, options);
  }
}

/** Thrown by an objective to end its trial as pruned. */
export class TrialPruned extends StudyError {
  constructor(message = 'the trial was pruned') {
    super('ERR_TRIAL_PRUNED', message);
  }
}
