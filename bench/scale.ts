import { parseArgs } from 'node:util';
import { nextMessage, startChild } from './child';
import { command, machine, rounded } from './machine';
import type { ScaleCase, ScaleSpec } from './scale-process';

/** What a store costs that grows: from a thousand partitions to a million, with ten calls logged for each. */
const SIZES = [1_000, 10_000, 100_000, 1_000_000];
const CALLS_PER_PARTITION = 10;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      partitions: { type: 'string', default: String(SIZES.at(-1)) },
      calls: { type: 'string', default: '10000000' },
      json: { type: 'boolean', default: false },
    },
  });
  const cases: ScaleCase[] = [];
  for (const partitions of SIZES.filter((size) => size <= Number(values.partitions))) {
    const spec: ScaleSpec = { partitions, callRows: Math.min(Number(values.calls), partitions * CALLS_PER_PARTITION) };
    const child = startChild('scale-process.ts', spec);
    cases.push(await nextMessage<ScaleCase>(child));
    child.kill();
  }
  const withRatios = cases.map((each) => ({ ...each, ratio: ratioOf(cases[0], each) }));
  const report = { machine: machine(), command: command('bench:scale'), cases: withRatios };
  if (values.json) {
    console.log(JSON.stringify(report, null, 2));
    return;
  }
  console.log(`${report.machine}\n${report.command}`);
  console.table([...cases, ratioOf(cases[0], cases.at(-1))]);
}

/** A case over the smallest one. */
function ratioOf(first: ScaleCase | undefined, last: ScaleCase | undefined): Record<string, number> {
  return Object.fromEntries(
    Object.entries(last ?? {}).map(([name, value]) => [name, rounded(value / (first?.[name] ?? NaN), 2)]),
  );
}

void main();
