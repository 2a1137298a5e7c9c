import { relative } from 'node:path';
import type { Run, RunTotals } from '../job/run';
import type { Sandbox } from '../sandbox/sandbox';
import type { Store } from '../store/open';
import { formatDuration } from '../time/duration';
import { color } from './color';
import { PACKAGE } from './package';
import { count, print, table } from './print';

/** What the demo ends with. */
export interface Verdict {
  readonly sandboxRecords: number;
  readonly storedRecords: number;
  /** Records that were delivered more than once. */
  readonly duplicates: number;
  readonly missing: number;
  /** Attempts that the sandbox refused by any limit. */
  readonly overBudget: number;
  readonly parks: number;
  readonly resumes: number;
  readonly seconds: number;
}

export interface Closing {
  readonly verdict: Verdict;
  readonly kinds: readonly Kind[];
  /** Nothing lost, nothing twice, nothing over a budget, and a park was seen. */
  readonly isGood: boolean;
}

interface Kind {
  readonly name: string;
  readonly held: number;
  readonly stored: number;
  readonly missing: number;
}

/** Compares what the sandbox holds and counted with what the database holds. */
export async function judge(sides: { sandbox: Sandbox; store: Store; seconds: number }): Promise<Closing> {
  const { sandbox, store, seconds } = sides;
  const kinds = await compare(sandbox, store);
  const runs = await store.runs.list({ limit: 100 });
  const stored = sum(kinds, (kind) => kind.stored);
  const verdict: Verdict = {
    sandboxRecords: sum(kinds, (kind) => kind.held),
    storedRecords: stored,
    duplicates: total(runs, 'records') - stored,
    missing: sum(kinds, (kind) => kind.missing),
    overBudget: sandbox.ledger.overBudget(),
    parks: total(runs, 'parks'),
    resumes: total(runs, 'resumes'),
    seconds,
  };
  const { duplicates, missing, overBudget, parks } = verdict;
  const isWhole = duplicates === 0 && missing === 0 && overBudget === 0;
  return { verdict, kinds, isGood: isWhole && parks > 0 && runs.every(({ state }) => state === 'done') };
}

function sum<Part>(parts: readonly Part[], of: (part: Part) => number): number {
  return parts.reduce((all, part) => all + of(part), 0);
}

function total(runs: readonly Run[], field: keyof RunTotals): number {
  return sum(runs, ({ totals }) => totals[field]);
}

async function compare({ kuaishou, yida }: Sandbox, store: Store): Promise<Kind[]> {
  return Promise.all([
    compareKind(store, 'orders', kuaishou.orderIds()),
    compareKind(store, 'items', kuaishou.itemIds()),
    compareKind(store, 'form_instances', yida.instanceIds()),
  ]);
}

async function compareKind(store: Store, name: string, ids: Iterable<string | number>): Promise<Kind> {
  const stored = new Set(await store.records.keys(name));
  const held = [...ids].map(String);
  return { name, held: held.length, stored: stored.size, missing: held.filter((id) => !stored.has(id)).length };
}

export function showClosing({ verdict, kinds, isGood }: Closing, storePath: string): void {
  const compared = kinds.map((kind) => [kind.name, count(kind.held), count(kind.stored), count(kind.missing)]);
  print(`\n${table(['records', 'in the sandbox', 'in the database', 'missing'], compared)}`);
  const counted = [
    ['delivered twice', count(verdict.duplicates)],
    ['attempts over any budget, as the sandbox counted', count(verdict.overBudget)],
    ['partitions parked / resumed', `${verdict.parks} / ${verdict.resumes}`],
    ['took', formatDuration(verdict.seconds * 1_000)],
  ];
  print(`\n${table([], counted)}`);
  if (isGood) print(color.green('\nEvery record is there once.'));
  else print(color.red('\nSomething is wrong: please report this with the output above.'));
  lookFurther(storePath);
}

function lookFurther(storePath: string): void {
  const isHere = process.cwd() === PACKAGE;
  const place = isHere ? `--store ${relative(PACKAGE, storePath)}` : `-C ${PACKAGE} --store ${storePath}`;
  print(`\nLook further:
  npx offpeak runs ${place}        what ran, how often it was parked
  npx offpeak runs 2 ${place}      one run, merchant by merchant
  npx offpeak state ls ${place}    where each merchant stands
  jobs/kuaishou-orders.ts                       the job file behind it
  offpeak.config.ts                             put your own account here, then: npm start`);
}
