import { parseArgs } from 'node:util';
import { nextMessage, startChild } from './child';
import { command, machine, rounded } from './machine';
import type { ScaleCase, ScaleSize } from './scale-process';

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
    cases.push(
      await measured({ partitions, callRows: Math.min(Number(values.calls), partitions * CALLS_PER_PARTITION) }),
    );
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

async function measured(size: ScaleSize): Promise<ScaleCase> {
  const { directory } = await messageOf<{ directory: string }>('scale-make-process.ts', size);
  console.error(`${size.partitions} partitions, ${size.callRows} calls: made after ${secondsSoFar()} s`);
  const found = await messageOf<ScaleCase>('scale-process.ts', { ...size, directory });
  console.error(`${size.partitions} partitions: measured after ${secondsSoFar()} s`);
  return found;
}

async function messageOf<T>(file: string, spec: object): Promise<T> {
  const child = startChild(file, spec);
  const message = await nextMessage<T>(child);
  child.kill();
  return message;
}

function secondsSoFar(): number {
  return Math.round(performance.now() / 1_000);
}

/** A case over the smallest one. */
function ratioOf(first: ScaleCase | undefined, last: ScaleCase | undefined): Record<string, number> {
  return Object.fromEntries(
    Object.entries(last ?? {}).map(([name, value]) => [name, rounded(value / (first?.[name] ?? NaN), 2)]),
  );
}

void main();
