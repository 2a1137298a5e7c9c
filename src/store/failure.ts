import { closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf, type ErrorCode, messageOf, OffpeakError } from '../errors';

/** Runs an access to the store and turns the errors of SQLite and the file system into the operator's. */
export function explaining<T>(path: string, access: () => T): T {
  try {
    return access();
  } catch (thrown) {
    throw explained(thrown, path);
  }
}

/** What was thrown, in words for the operator where it is a failure of the store. */
export function explained(thrown: unknown, path: string): unknown {
  return explain(thrown, path) ?? thrown;
}

export function corruptError(path: string, detail: string, cause?: unknown): OffpeakError {
  const line = detail.replaceAll(/\s+/g, ' ');
  return new OffpeakError('STORE_CORRUPT', `${path} is damaged or is no SQLite database: ${line}`, {
    hint: `Stop Offpeak, put the file and its -wal aside, and bring back a backup (${path}.backup-…).`,
    cause,
  });
}

interface Explanation {
  readonly codes: RegExp;
  readonly error: ErrorCode;
  readonly what: string;
  readonly hint: string;
}

/** The first that fits. Codes are compared as text: the class of the error differs between copies of the driver. */
const EXPLANATIONS: readonly Explanation[] = [
  {
    codes: /^(EMFILE|ENFILE)$/,
    error: 'STORE_FAILED',
    what: 'cannot be opened: too many files are open',
    hint: 'Raise the limit (`ulimit -n`), or find what keeps so many files open.',
  },
  {
    codes: /^(SQLITE_(READONLY|CANTOPEN|PERM|AUTH)|EACCES$|EPERM$|EROFS$|ENOTDIR$|EEXIST$|ENOENT$|EISDIR$)/,
    error: 'STORE_READ_ONLY',
    what: 'cannot be opened for writing',
    hint: 'Check that its directory exists and that this user may write to the directory and the file.',
  },
  {
    codes: /^(SQLITE_FULL|ENOSPC$|EDQUOT$)/,
    error: 'STORE_FULL',
    what: 'cannot grow: the disk is full',
    hint: 'Free some space. Nothing of this step was saved, and nothing saved before it was lost.',
  },
  {
    codes: /^SQLITE_(BUSY|LOCKED)/,
    error: 'STORE_BUSY',
    what: 'is locked by another program',
    hint: 'Close the tool that holds it (a SQLite shell or browser, a backup), then try again.',
  },
  {
    codes: /^(SQLITE_|E[A-Z]+$)/,
    error: 'STORE_FAILED',
    what: 'could not be read or written',
    hint: 'Check the disk; if it is sound, report this as a bug.',
  },
];

/** Null for what is no failure of the store: our own errors and bugs. */
function explain(thrown: unknown, path: string): OffpeakError | null {
  const code = codeOf(thrown);
  if (thrown instanceof OffpeakError || code === undefined) return null;
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) return corruptError(path, `${messageOf(thrown)} (${code})`, thrown);
  const cause = code.startsWith('SQLITE_CANTOPEN') ? (exhausted(path) ?? code) : code;
  const known = EXPLANATIONS.find((explanation) => explanation.codes.test(cause));
  if (!known) return null;
  const message = `${path} ${known.what}: ${messageOf(thrown)} (${cause})`;
  return new OffpeakError(known.error, message, { hint: known.hint, cause: thrown });
}

/** SQLite does not tell a file that it may not open from one that it has no descriptor for. */
function exhausted(path: string): string | null {
  try {
    closeSync(openSync(dirname(path), 'r')); // never the database: closing it would drop SQLite's locks
    return null;
  } catch (thrown) {
    const code = codeOf(thrown) ?? '';
    return code === 'EMFILE' || code === 'ENFILE' ? code : null;
  }
}
