import { parseArgs } from 'node:util';
import { killLoop } from './loop';
import { quotaLoop } from './quota';

/**
 * `npm run test:kill -- --kills 1000 --json`: the same loop as in the tests, as long as one likes. With `--quota` the one
 * about a day's quota: 2,000 calls and 10 kills when nothing else is said.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string' },
      'per-day': { type: 'string', default: '2000' },
      quota: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const { kills, json } = values;
  const { report, isGood } = values.quota
    ? await spendQuota(Number(kills ?? 10), Number(values['per-day']))
    : await killOften(Number(kills ?? 100));
  if (json) console.log(JSON.stringify(report, null, 2));
  else console.table(report);
  process.exitCode = isGood ? 0 : 1;
}

interface Judged {
  readonly report: object;
  readonly isGood: boolean;
}

async function killOften(kills: number): Promise<Judged> {
  const report = await killLoop({ kills, random: Math.random });
  const { missing, invented, overspent, repeatedMax, exitCode } = report;
  return { report, isGood: missing + invented + overspent === 0 && repeatedMax <= 1 && exitCode === 0 };
}

async function spendQuota(kills: number, perDay: number): Promise<Judged> {
  const report = await quotaLoop({ kills, perDay, random: Math.random });
  const { counted, refused, lost, lostMax, exitCode } = report;
  return { report, isGood: counted <= perDay && refused === 0 && lost <= lostMax && exitCode === 0 };
}

void main();
