import { type ErrorCode, OffpeakError } from '../errors';
import { describeValue } from './faults';

/** The file whose import failed. */
export interface ImportedFile {
  readonly path: string;
  /** The path as the operator knows it. */
  readonly file: string;
  readonly source: string;
  /** What an error of this file is. */
  readonly code: ErrorCode;
}

const MESSAGE_CHARS_MAX = 300;

/** What stopped an import, in one line with its place in the file: `jobs/x.ts:2:19: Unexpected token`. */
export function importError(thrown: unknown, imported: ImportedFile): OffpeakError {
  const failure = { thrown, text: textOf(thrown) };
  return syntaxError(failure, imported) ?? missingModule(failure, imported) ?? thrownAtImport(failure, imported);
}

interface Failure {
  readonly thrown: unknown;
  readonly text: string;
}

/** The loader's own form: `ParseError: what`, then `path:line:column` on a line of its own. */
function syntaxError({ thrown, text }: Failure, { path, file, code }: ImportedFile): OffpeakError | null {
  const match = /^(?:Error: )?ParseError: ([\s\S]*?)\s*\n\s*(.+):(\d+):(\d+)\s*$/.exec(text);
  if (!match) return null;
  const [, what = '', where = path, line = '1', column = '0'] = match;
  // Babel counts columns from 0, editors from 1.
  const place = `${where === path ? file : where}:${line}:${Number(column) + 1}`;
  return new OffpeakError(code, `${place}: ${firstLine(what)}`, { cause: thrown });
}

function missingModule({ thrown, text }: Failure, { file, source, code }: ImportedFile): OffpeakError | null {
  const name = /^Cannot find (?:module|package) '([^']+)'/.exec(text)?.[1];
  if (name === undefined) return null;
  const line = source.split('\n').findIndex((row) => row.includes(name)) + 1;
  const hint = name === 'zod' ? "Write import { z } from 'offpeak'." : 'Install it, or correct the path.';
  return new OffpeakError(code, `${file}${line > 0 ? `:${line}` : ''}: ${firstLine(text)}`, { hint, cause: thrown });
}

function thrownAtImport({ thrown, text }: Failure, { path, file, code }: ImportedFile): OffpeakError {
  const place = `${file}${placeIn(path, thrown)}`;
  if (!(thrown instanceof OffpeakError)) {
    return new OffpeakError(code, `${place}: threw at import: ${firstLine(text)}`, { cause: thrown });
  }
  const hint = thrown.hint === undefined ? {} : { hint: thrown.hint };
  return new OffpeakError(thrown.code, `${place}: ${thrown.message}`, { ...hint, cause: thrown });
}

/** `:9:9`, the first place of the stack that lies in the file. */
function placeIn(path: string, thrown: unknown): string {
  const stack = typeof thrown === 'object' && thrown !== null && 'stack' in thrown ? String(thrown.stack) : '';
  const at = stack.indexOf(`${path}:`);
  const place = at < 0 ? null : /^:\d+(?::\d+)?/.exec(stack.slice(at + path.length));
  return place?.[0] ?? '';
}

/** Errors of job files may come from another realm, where instanceof does not know them. */
function textOf(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null || !('message' in thrown)) return describeValue(thrown);
  const name = 'name' in thrown && thrown.name !== 'Error' ? `${String(thrown.name)}: ` : '';
  return name + String(thrown.message);
}

function firstLine(text: string): string {
  const line = text.replaceAll('`', '').trim().split('\n')[0] ?? '';
  return line.length > MESSAGE_CHARS_MAX ? `${line.slice(0, MESSAGE_CHARS_MAX)}…` : line;
}
