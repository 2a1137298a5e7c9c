import Table from 'cli-table3';
import pc from 'picocolors';

/** A table for people: plain columns, no frame. Cells are stripped of control characters. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const out = new Table({
    head: head.map((text) => pc.dim(text)),
    chars: BARE,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
  });
  for (const row of rows) out.push(row.map(plain));
  return out.toString();
}

/** Text from outside (a reason, a name) must not steer the terminal: control and bidirectional characters become a dot. */
export function plain(text: string): string {
  // The escape sequences are ours (colours): they are let through.
  return text.replace(/\u001b\[[0-9;]*m|[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, (found) =>
    found.startsWith('\u001b[') ? found : '·',
  );
}

/** Data for programs: one JSON document on standard output. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Data for people, on standard output. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** A remark beside the data, on standard error. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
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
