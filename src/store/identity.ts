import type { Database } from 'better-sqlite3';
import { OffpeakError } from '../errors';

/** `OFPK`, in the header of every database of Offpeak. */
export const APPLICATION_ID = 0x4f46504b;

/** The number of the last migration that the database went through; 0 for a new one. */
export function versionOf(db: Database): number {
  return numberOf(db, 'user_version');
}

/** Throws for a database that this Offpeak must not touch. Returns its version, 0 for an empty one. */
export function acceptedVersion(db: Database, path: string, newest: number): number {
  const identity = identify(db);
  switch (identity.kind) {
    case 'empty':
      return 0;
    case 'foreign':
      throw new OffpeakError('STORE_FAILED', `${path} is the database of another program`, {
        hint: `Give Offpeak a path of its own. (application_id: ${identity.applicationId})`,
      });
    case 'offpeak':
      if (identity.version <= newest) return identity.version;
      throw new OffpeakError(
        'STORE_NEWER',
        `${path} was written by a newer Offpeak: it is at version ${identity.version}, this one knows ${newest}`,
        {
          hint: 'Upgrade Offpeak, or bring back the backup that the upgrade made beside the file. Nothing was changed.',
        },
      );
  }
}

/** Whose database a file holds. */
type Identity =
  | { readonly kind: 'empty' }
  | { readonly kind: 'offpeak'; readonly version: number }
  | { readonly kind: 'foreign'; readonly applicationId: number };

function identify(db: Database): Identity {
  const applicationId = numberOf(db, 'application_id');
  if (applicationId === APPLICATION_ID) return { kind: 'offpeak', version: versionOf(db) };
  const isEmpty = db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
  return isEmpty && applicationId === 0 ? { kind: 'empty' } : { kind: 'foreign', applicationId };
}

function numberOf(db: Database, pragma: 'application_id' | 'user_version'): number {
  return Number(db.pragma(pragma, { simple: true }));
}
