import Table from 'cli-table3';
import stringWidth from 'string-width';
import type { OffpeakError } from '../errors';
import { CONTROLS } from '../log';
import { color, noteColor } from './color';
import { blank } from './outlet';

/** Text with escape sequences of ours, its colours; everything else is stripped of them before it is shown. */
export class Painted {
  constructor(readonly text: string) {}
}

export type Cell = string | Painted;

/** A table for people: plain columns, no frame. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const out = new Table({
    head: head.map((text) => color.dim(text)),
    chars: BARE,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
  });
  for (const row of rows) out.push(row.map((cell) => (cell instanceof Painted ? cell.text : plain(cell))));
  return out.toString();
}

/** Text from outside (a reason, a name) must not steer the terminal: each control character becomes a dot. */
export function plain(text: string): string {
  return text.replace(CONTROLS, '·');
}

/** The same for text of several lines. */
export function plainLines(text: string): string {
  return text.split('\n').map(plain).join('\n');
}

/** Text that fits a column: cut to so many columns of a terminal, of which a Chinese character takes two. */
export function cut(text: string, columnsMax: number): string {
  let kept = '';
  let columns = 0;
  for (const char of text) {
    // A control character has no width, and is shown as a dot.
    columns += Math.max(1, stringWidth(char));
    if (columns > columnsMax) return `${kept}…`;
    if (columns < columnsMax) kept += char;
  }
  return text;
}

/** Text cut or filled up with blanks to so many columns. */
export function fitted(text: string, columns: number): string {
  const shown = cut(text, columns);
  return shown + ' '.repeat(Math.max(0, columns - stringWidth(shown)));
}

/** Lines of at most so many columns, cut between words. */
export function wrapped(text: string, columns: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && stringWidth(longer) > columns) lines.push(line);
    line = line !== '' && stringWidth(longer) > columns ? word : longer;
  }
  return [...lines, line].join('\n');
}

/** Data for programs: one JSON document on standard output. It may be read on a terminal, too. */
export function printJson(value: unknown): void {
  const text = blank(JSON.stringify(value, null, 2)).replace(CONTROLS, (found) =>
    found === '\n' ? found : `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  process.stdout.write(`${text}\n`);
}

/** Data for people, on standard output. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** A remark beside the data, on standard error. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** An error for the operator, and what to do about it, on standard error. */
export function noteError(label: string, { message, hint }: OffpeakError): void {
  note(noteColor.red(`${label}: ${plainLines(blank(message))}`));
  if (hint) note(`  ${plainLines(blank(hint))}`);
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}

const BARE = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};
