import { messageOf, OffpeakError } from '../errors';
import type { RenewalTurn, TokenSet, TokenSource, UnfinishedRenewal } from '../platform/platform';
import { isGone, type Machine, ownMark, thisMachine } from './machine';
import {
  exclusively,
  hasAside,
  readEntries,
  type TokenEntries,
  type TokenEntry,
  takeInAside,
  writeEntries,
} from './token-entries';

/** A process that still lives has its reply, or has given up, after so long: the longest attempt and some, ms. */
const TURN_MS = 150_000;

/**
 * Tokens in a JSON file of mode 0600, by owner: `{ "3649418105": { "accessToken": "…", "refreshToken": "…" } }`. A new
 * set is on the disk (written aside, synced, renamed) when `save` resolves. `begin` leaves a note in the owner's entry,
 * so that a process that is killed before `save` is found out. Processes may share a file: each change is made under a lock,
 * to what the file holds by then. All reject with SECRET_MISSING when the file is not what it should be; its content is
 * not repeated.
 */
export function openTokenFile(path: string, machine: Machine = thisMachine): TokenSource {
  const change = (work: (entries: TokenEntries) => TokenEntries | null): void =>
    exclusively(path, () => {
      takeInAside(path);
      const changed = work(readEntries(path));
      if (changed !== null) writeEntries(path, changed);
    });
  return {
    load: (owner) => promised(path, () => tokensOf(readEntries(path)[owner])),
    save: (owner, tokens) => promised(path, () => change((entries) => ({ ...entries, [owner]: tokens }))),
    begin: (owner, tokens, nowMs) =>
      promised(path, () => {
        let turn: RenewalTurn = 'changed';
        change((entries) => {
          const entry = entries[owner];
          turn = turnOf(entry, tokens, { machine, nowMs });
          if (entry === undefined || turn !== 'begun') return null;
          const begunAtMs = entry.renewal?.begunAtMs ?? nowMs;
          return { ...entries, [owner]: { ...entry, renewal: { ...ownMark(machine), begunAtMs, askedAtMs: nowMs } } };
        });
        return turn;
      }),
    unfinished: (nowMs) =>
      promised(path, () => {
        if (hasAside(path)) exclusively(path, () => takeInAside(path));
        return unfinishedIn(readEntries(path), { machine, nowMs });
      }),
  };
}

/** Accesses stand still until they are done: nothing of this process comes between reading and writing. */
function promised<Result>(path: string, access: () => Result): Promise<Result> {
  return new Promise((resolve, reject) => {
    try {
      resolve(access());
    } catch (thrown) {
      const isKnown = thrown instanceof OffpeakError;
      reject(
        isKnown
          ? thrown
          : new OffpeakError('SECRET_MISSING', `token file ${path} cannot be changed: ${messageOf(thrown)}`, {
              hint: 'Check that there is room on the disk, and that this user may write to the file and its folder.',
              cause: thrown,
            }),
      );
    }
  });
}

interface Asking {
  readonly machine: Machine;
  readonly nowMs: number;
}

function turnOf(entry: TokenEntry | undefined, tokens: TokenSet, asking: Asking): RenewalTurn {
  if (entry === undefined || entry.refreshToken !== tokens.refreshToken) return 'changed';
  return isElsewhere(entry, asking) ? 'busy' : 'begun';
}

function unfinishedIn(entries: TokenEntries, asking: Asking): UnfinishedRenewal[] {
  return Object.entries(entries).flatMap(([owner, entry]) =>
    entry.renewal && !isElsewhere(entry, asking) ? [{ owner, begunAtMs: entry.renewal.begunAtMs }] : [],
  );
}

/** Another process is in the middle of it. */
function isElsewhere({ renewal }: TokenEntry, { machine, nowMs }: Asking): boolean {
  if (!renewal || nowMs >= renewal.askedAtMs + TURN_MS || isGone(renewal, machine)) return false;
  const own = ownMark(machine);
  return renewal.pid !== own.pid || renewal.host !== own.host || renewal.bootId !== own.bootId;
}

function tokensOf(entry: TokenEntry | undefined): TokenSet | null {
  if (entry === undefined) return null;
  const { accessToken, refreshToken, expiresAtMs, refreshExpiresAtMs } = entry;
  return { accessToken, refreshToken, expiresAtMs, ...(refreshExpiresAtMs ? { refreshExpiresAtMs } : {}) };
}
