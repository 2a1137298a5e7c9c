import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { codeOf, messageOf, OffpeakError } from '../errors';
import { Sqlite } from './driver';
import { openAnew, prepareFile } from './file';

const entrySchema = z.strictObject({
  accessToken: z.string().min(1),
  expiresAtMs: z.number().nullable().default(null),
  refreshToken: z.string().min(1).nullable().default(null),
  refreshExpiresAtMs: z.number().nullish(),
  /** A renewal from this refresh token was begun, and its end was not saved. */
  renewal: z
    .strictObject({
      /** When it was first asked for, and last. */
      begunAtMs: z.number(),
      askedAtMs: z.number(),
      host: z.string(),
      bootId: z.string(),
      pid: z.number(),
      processStart: z.string(),
    })
    .nullish(),
});
const fileSchema = z.record(z.string(), entrySchema);

export type TokenEntry = z.output<typeof entrySchema>;
export type TokenEntries = Readonly<Record<string, TokenEntry>>;

/** What the file holds; nothing where there is none. Throws SECRET_MISSING when it is no token file. */
export function readEntries(path: string): TokenEntries {
  const text = readText(path);
  if (text === null) return {};
  const entries = parseEntries(text);
  if (entries !== null) return withAside(entries, path);
  throw new OffpeakError(
    'SECRET_MISSING',
    `token file ${path}: expected { "<owner>": { "accessToken", "refreshToken", "expiresAtMs" } }`,
    { hint: 'Write it by hand with the first tokens of each merchant; it is kept up from then on.' },
  );
}

/** On the disk when it returns. What lies aside must be taken in before: it is written over. */
export function writeEntries(path: string, entries: TokenEntries): void {
  replace(path, entries, asideOf(path));
}

/** A process was killed before it had put what it wrote in its place. */
export function hasAside(path: string): boolean {
  return existsSync(path) && existsSync(asideOf(path));
}

/**
 * Puts what a killed process had written aside into the file. It may be the only copy of a refresh token, so it is left
 * where it is until the file holds it.
 */
export function takeInAside(path: string): void {
  if (!hasAside(path)) return;
  replace(path, readEntries(path), `${path}.part`);
  rmSync(asideOf(path));
}

/** Written beside, synced, renamed, and the folder synced. */
function replace(path: string, entries: TokenEntries, beside: string): void {
  const file = openAnew(beside);
  try {
    const bytes = Buffer.from(`${JSON.stringify(entries, null, 2)}\n`);
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(beside, path);
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** How long another process may take for its change, ms: it stands still for a few syncs. */
const BUSY_MS_MAX = 5_000;

/** Runs a change while no other process makes one. The lock is SQLite's on a file beside: it ends with its process. */
export function exclusively<Result>(path: string, work: () => Result, { busyMsMax = BUSY_MS_MAX } = {}): Result {
  prepareFile(`${path}.lock`); // whoever can open it can hold it
  const lock = new Sqlite(`${path}.lock`, { timeout: busyMsMax });
  try {
    take(lock, `${path}.lock`, busyMsMax);
    return work();
  } finally {
    lock.close();
  }
}

function take(lock: InstanceType<typeof Sqlite>, name: string, busyMsMax: number): void {
  try {
    lock.exec('BEGIN IMMEDIATE');
  } catch (cause) {
    if (codeOf(cause) !== 'SQLITE_BUSY') throw cause;
    throw new OffpeakError('SECRET_MISSING', `${name}: another process has held it for ${busyMsMax} ms`, {
      hint: 'A change takes milliseconds: a process that holds it for long stands still. End that one.',
      cause,
    });
  }
}

function asideOf(path: string): string {
  return `${path}.new`;
}

/**
 * A process that was killed between writing aside and renaming left the tokens that it had been given beside the file: they
 * are the end of a renewal that the file itself only knows as begun.
 */
function withAside(entries: TokenEntries, path: string): TokenEntries {
  if (!Object.values(entries).some(({ renewal }) => renewal)) return entries;
  const aside = parseEntries(readText(asideOf(path)) ?? '') ?? {};
  const saved = (owner: string, entry: TokenEntry): TokenEntry => {
    const ended = aside[owner];
    return entry.renewal && ended && !ended.renewal && ended.refreshToken !== entry.refreshToken ? ended : entry;
  };
  return Object.fromEntries(Object.entries(entries).map(([owner, entry]) => [owner, saved(owner, entry)]));
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return null;
    throw new OffpeakError('SECRET_MISSING', `token file ${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

function parseEntries(text: string): TokenEntries | null {
  return fileSchema.safeParse(parseJson(text)).data ?? null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema says what was expected, without a word of the content
  }
}
