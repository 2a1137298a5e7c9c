import { createHash } from 'node:crypto';
import { constants, type FileHandle, mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { codeOf, messageOf, OffpeakError } from '../errors';
import type { JsonlSink, SinkPage } from '../job/sink';
import { type CommittedFile, committedFile } from './committed';
import { recordJson } from './record';

/** Names may have 255 bytes on every common file system. */
const NAME_BYTES_MAX = 200;
const ASIDE_MAX = 1_000;

/**
 * Appends a page's records to its partition's file, durably, and returns the state to commit with the cursor. What is in
 * the file behind the committed length is what a crash left: it is cut off first. Throws SINK_FAILED.
 */
export async function appendJsonl(projectDirectory: string, sink: JsonlSink, page: SinkPage): Promise<string> {
  const file = join(sink.directory, page.job, `${fileNameOf(page.checkpoint ?? page.partition)}.jsonl`);
  const path = resolve(projectDirectory, file);
  const lines = page.records.map((record, index) => `${recordJson(record, `${file}, record ${index} of the page`)}\n`);
  try {
    const bytes = await committedBytes(path, file, parseState(page.state, file));
    return JSON.stringify({ file, bytes: await append({ path, bytes, text: lines.join('') }) } satisfies CommittedFile);
  } catch (cause) {
    if (cause instanceof OffpeakError) throw cause;
    throw new OffpeakError('SINK_FAILED', `${file}: cannot be written: ${messageOf(cause)}`, { cause });
  }
}

/**
 * A partition's key as the name of a file: letters, digits, `-` and `_` stay, the rest is percent-encoded, so that no key
 * leaves the directory and `decodeURIComponent` gives the key back. A name that is too long ends in a hash instead.
 */
export function fileNameOf(partition: string): string {
  const name = encodeURIComponent(partition).replace(
    /[.!~*'()]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  if (name.length <= NAME_BYTES_MAX) return name;
  return `${name.slice(0, NAME_BYTES_MAX - 65)}~${createHash('sha256').update(partition).digest('hex')}`;
}

/** How much of the file is committed. What the state does not speak of may be somebody's only copy: it is moved aside. */
async function committedBytes(path: string, file: string, state: CommittedFile | null): Promise<number> {
  const size = await sizeOf(path);
  if (size === null || size === 0) return 0; // new, or taken away by its reader
  if (state?.file !== file) {
    await moveAside(path, file);
    return 0;
  }
  if (size < state.bytes) {
    const expected = `expected at least the ${state.bytes} bytes that are committed`;
    throw new OffpeakError('SINK_FAILED', `${file}: ${expected}, got ${size}`, {
      hint: 'Something cut the file. Restore it, or move it away: a new one is started.',
    });
  }
  return state.bytes;
}

/** Throws SINK_FAILED for a state that this file did not write. */
function parseState(text: string | null, file: string): CommittedFile | null {
  if (text === null) return null;
  const committed = committedFile(text);
  if (committed) return committed;
  throw new OffpeakError('SINK_FAILED', `${file}: expected a state of {file, bytes}, got another sink's`, {
    hint: 'The job had another sink before. Reset its checkpoint to start anew: offpeak state reset.',
  });
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return null;
    throw thrown;
  }
}

async function moveAside(path: string, file: string): Promise<void> {
  for (let number = 1; number <= ASIDE_MAX; number += 1) {
    const aside = `${path}.aside-${number}`;
    if ((await sizeOf(aside)) === null) return rename(path, aside);
  }
  throw new OffpeakError('SINK_FAILED', `${file}: expected at most ${ASIDE_MAX} files moved aside, got more`, {
    hint: `Look at ${file}.aside-1 and what follows, and take them away.`,
  });
}

/** Writes a text behind the committed bytes, durably, and returns the file's new length. */
async function append({ path, bytes, text }: { path: string; bytes: number; text: string }): Promise<number> {
  const isNew = (await sizeOf(path)) === null;
  if (isNew && text === '') return 0;
  const directory = dirname(path);
  const firstMade = await mkdir(directory, { recursive: true, mode: 0o700 });
  const data = Buffer.from(text);
  const handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    await handle.truncate(bytes);
    await writeAll(handle, data, bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (isNew) await syncDirectories(directory, firstMade === undefined ? directory : dirname(firstMade));
  return bytes + data.length;
}

async function writeAll(handle: FileHandle, data: Buffer, fromByte: number): Promise<void> {
  for (let written = 0; written < data.length; ) {
    const { bytesWritten } = await handle.write(data, written, data.length - written, fromByte + written);
    written += bytesWritten;
  }
}

/** A new name is durable when its directory is. `top` is the directory or one above it. */
async function syncDirectories(directory: string, top: string): Promise<void> {
  if (process.platform === 'win32') return; // directories cannot be opened there
  const handle = await open(directory, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (directory !== top) await syncDirectories(dirname(directory), top);
}
