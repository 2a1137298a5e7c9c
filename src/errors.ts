/** Every error an operator can meet. The code decides the exit code of the command line and never changes its meaning. */
export type ErrorCode =
  | 'USAGE' // the command line was not understood
  | 'CONFIG_INVALID' // offpeak.config.ts
  | 'JOB_INVALID' // a job file
  | 'JOB_UNKNOWN'
  | 'JOB_PAUSED' // by an operator, or its platform is
  | 'PARTITION_UNKNOWN'
  | 'SECRET_MISSING' // a reference that leads to nothing
  | 'CURSOR_INVALID' // does not fit the job's schema
  | 'CURSOR_TOO_LARGE'
  | 'CHECKPOINT_CONFLICT' // changed by somebody else since it was read
  | 'PORT_IN_USE'
  | 'ORIGIN_REFUSED' // a request to a host that the platform does not list
  | 'STORE_IN_USE' // another process holds the lease
  | 'STORE_NEWER' // written by a newer Offpeak
  | 'STORE_CORRUPT'
  | 'STORE_READ_ONLY'
  | 'STORE_FULL'
  | 'STORE_BUSY' // another program holds a lock on it
  | 'STORE_REMOTE' // on a network disk
  | 'STORE_MOVED' // deleted, or put elsewhere, while it was open
  | 'STORE_FAILED'
  | 'FENCED' // this process lost its lease: another one writes now
  | 'SINK_FAILED'
  | 'CONTROL_REFUSED' // a vendor's control plane did not do what a command asked for
  | 'RUN_FAILED';

const EXIT_CODE: Partial<Record<ErrorCode, number>> = {
  USAGE: 2,
  CONFIG_INVALID: 2,
  JOB_INVALID: 2,
  JOB_UNKNOWN: 2,
  PARTITION_UNKNOWN: 2,
  SECRET_MISSING: 2,
  CURSOR_INVALID: 2,
  CURSOR_TOO_LARGE: 2,
  STORE_IN_USE: 4,
};

/**
 * An error for the operator: what is wrong and where, and in `hint` what to do about it.
 * Never holds a secret: build messages from references and shapes, not from values.
 */
export class OffpeakError extends Error {
  override readonly name = 'OffpeakError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }

  /** Exit code of the command line: 2 usage and configuration, 4 store in use, 1 everything else. */
  get exitCode(): number {
    return EXIT_CODE[this.code] ?? 1;
  }
}

/** Anything that was thrown, as an error. */
export function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(messageOf(thrown));
}

/** The text of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    return 'something was thrown that cannot be read'; // by code of a job: a getter or a proxy may throw, too
  }
}

/** The `code` of a system, SQLite or network error; undefined where there is none. */
export function codeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined;
  try {
    const { code }: { code?: unknown } = thrown;
    return typeof code === 'string' ? code : undefined;
  } catch {
    return undefined;
  }
}
