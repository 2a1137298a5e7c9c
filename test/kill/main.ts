import { parseArgs } from 'node:util';
import { killLoop } from './loop';
import { quotaLoop } from './quota';
import { calmOutput, stopOnce } from './stop';

/**
 * `npm run test:kill -- --kills 1000 --json`: the same loop as in the tests, as long as one likes. With `--quota` the one
 * about a day's quota: 2,000 calls and 10 kills when nothing else is said. With `--stop 60` daemons that stand still for so
 * many seconds, with the real terms of the lease.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string' },
      'per-day': { type: 'string', default: '2000' },
      quota: { type: 'boolean', default: false },
      stop: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const { kills, stop, json } = values;
  const { report, isGood } = await judge();
  if (json) console.log(JSON.stringify(report, null, 2));
  else console.table(report);
  process.exitCode = isGood ? 0 : 1;

  function judge(): Promise<Judged> {
    if (stop !== undefined) return standStill(Number(stop) * 1_000);
    if (values.quota) return spendQuota(Number(kills ?? 10), Number(values['per-day']));
    return killOften(Number(kills ?? 100));
  }
}

interface Judged {
  readonly report: object;
  readonly isGood: boolean;
}

async function killOften(kills: number): Promise<Judged> {
  const startedMs = performance.now();
  const onProgress = (done: number): void => {
    const seconds = (performance.now() - startedMs) / 1_000;
    if (done % 10 === 0) note(`${done} of ${kills} kills, ${(seconds / done).toFixed(2)} s each`);
  };
  const report = await killLoop({ kills, random: Math.random, onProgress });
  const { missing, invented, overspent, uncounted, torn, differences, repeatedMax, exitCode } = report;
  const harm = missing + invented + overspent + uncounted + torn + differences.length;
  return { report, isGood: harm === 0 && repeatedMax <= 1 && exitCode === 0 };
}

async function spendQuota(kills: number, perDay: number): Promise<Judged> {
  const report = await quotaLoop({ kills, perDay, random: Math.random });
  const { counted, refused, lost, lostMax, exitCode } = report;
  return { report, isGood: counted <= perDay && refused === 0 && lost <= lostMax && exitCode === 0 };
}

/** In the middle of a page: before its call, during it, and before its commit. */
const STOPS = ['before a call is sent', 'while a call is in flight', 'before the commit'];
/** So much work that the second daemon is still at it when the first one wakes up. */
const STOP_PAGES_PER_SECOND = 16;

/** In real time: nobody takes over before the lease has ended, 20 s after the stop. */
async function standStill(stoppedMs: number): Promise<Judged> {
  const lease = { heartbeatMs: 5_000, ttlMs: 20_000 };
  const pages = Math.ceil((stoppedMs / 1_000) * STOP_PAGES_PER_SECOND);
  const calm = await calmOutput(pages);
  const afterMs = Math.max(0, stoppedMs - lease.ttlMs);
  const reports = [];
  for (const point of STOPS) {
    note(`stopped ${point}`);
    reports.push(await stopOnce({ point, nth: 15, lease, stoppedMs: afterMs, pages, calm }));
  }
  const isGood = reports.every(
    ({ zombieCalls, saidWhy, exitCodes, overspent, uncounted, torn, differences, servedMax }) =>
      zombieCalls + overspent + uncounted + torn + differences.length === 0 &&
      servedMax <= 2 &&
      saidWhy &&
      exitCodes[0] === 1,
  );
  return { report: { stoppedMs, stops: reports }, isGood };
}

function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

void main();
