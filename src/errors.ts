/** Every error trialforge throws on purpose: a class, a string `code`, and a message that names the value. */
export class TrialforgeError extends Error {
  /** Tells errors apart in programs: 'ERR_' and what went wrong, such as 'ERR_INVALID_ARGUMENT'. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** An argument that cannot be accepted. The message says name, expected and actual. */
export class InvalidArgumentError extends TrialforgeError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_INVALID_ARGUMENT', message, options);
  }
}

/** Use of an object after its `dispose()`. */
export class DisposedError extends TrialforgeError {
  constructor(what: string) {
    super('ERR_DISPOSED', `${what} has been disposed and cannot be used any more`);
  }
}

/** A second operation on an object that is still busy with the first. */
export class BusyError extends TrialforgeError {
  constructor(message: string) {
    super('ERR_BUSY', message);
  }
}

/** A device that does not exist or that this build cannot use. */
export class DeviceUnavailableError extends TrialforgeError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_DEVICE_UNAVAILABLE', message, options);
  }
}

/** A device call that failed. */
export class DeviceFailureError extends TrialforgeError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_DEVICE_FAILURE', message, options);
  }
}

/** Host or device memory ran out. The message names the bytes asked for. */
export class OutOfMemoryError extends TrialforgeError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_OUT_OF_MEMORY', message, options);
  }
}

/** A data file that is missing, damaged or of another kind. The message names the file. */
export class DataError extends TrialforgeError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_DATA', message, options);
  }
}

/** The native addon could not be loaded. The message says what to do. */
export class AddonError extends TrialforgeError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_ADDON', message, options);
  }
}

/** Work stopped because its AbortSignal fired. `cause` is the signal's reason. */
export class AbortError extends TrialforgeError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_ABORTED', message, options);
    this.name = 'AbortError';
  }
}

/** Shows a value in an error message: short, unambiguous, never throwing. */
export function show(value: unknown): string {
  try {
    return describe(value);
  } catch {
    // A getter or a proxy did.
    return typeof value;
  }
}

function describe(value: unknown): string {
  if (typeof value === 'string')
    return value.length > 60 ? `'${value.slice(0, 57)}...'` : `'${value}'`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return `function ${value.name || '(anonymous)'}`;
  if (ArrayBuffer.isView(value))
    return `${value.constructor.name}(${(value as { length?: number }).length ?? value.byteLength})`;
  if (Array.isArray(value)) {
    // Arrays inside are not followed: they may lead back.
    const shown = value
      .slice(0, 8)
      .map((element) => (Array.isArray(element) ? '[...]' : show(element)));
    return `[${shown.join(', ')}${value.length > 8 ? ', ...' : ''}]`;
  }
  if (typeof value === 'object' && value !== null)
    return String(value.constructor?.name ?? 'object');
  return String(value);
}

/** The error for argument `name` that is not what it should be. */
export function invalidArgument(
  name: string,
  expected: string,
  actual: unknown,
): InvalidArgumentError {
  return new InvalidArgumentError(`${name} must be ${expected}, not ${show(actual)}`);
}

/** The same for an argument that must be an integer and may be one too large to be exact. */
export function invalidInteger(
  name: string,
  expected: string,
  actual: unknown,
): InvalidArgumentError {
  const isTooLarge = Number.isInteger(actual) && !Number.isSafeInteger(actual);
  return invalidArgument(
    name,
    isTooLarge ? 'an integer in -(2^53 - 1) .. 2^53 - 1' : expected,
    actual,
  );
}
