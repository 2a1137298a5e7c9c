import { parseArgs } from 'node:util';
import { command, machine, rounded } from '../../bench/machine';
import { campaign, KILLER_DEFAULTS } from './campaign';
import { MUTANTS } from './table';

/** Puts each defect of the table into a copy of the source and runs what should find it. Exit code 1 when one was not found. */
const { values } = parseArgs({
  options: {
    /** A part of a name; may be given more than once. */
    only: { type: 'string', multiple: true, default: [''] },
    /** A part of what kills them: `simulate`, or the path of a test. */
    by: { type: 'string', default: '' },
    seeds: { type: 'string', default: String(KILLER_DEFAULTS.seeds) },
    days: { type: 'string', default: String(KILLER_DEFAULTS.days) },
    'timeout-s': { type: 'string', default: String(KILLER_DEFAULTS.timeoutMs / 1_000) },
    processes: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  const beganAtMs = performance.now();
  const mutants = MUTANTS.filter(
    ({ name, killedBy }) => values.only.some((part) => name.includes(part)) && killedBy.includes(values.by),
  );
  const report = await campaign({
    mutants,
    seeds: Number(values.seeds),
    days: Number(values.days),
    timeoutMs: Number(values['timeout-s']) * 1_000,
    processes: values.processes === undefined ? undefined : Number(values.processes),
    onMutant: ({ name, breaks }, verdict, seconds) => {
      const by = verdict.kind === 'killed' ? ` (${verdict.by})` : '';
      console.error(`${verdict.kind}: ${breaks} ${name}, ${rounded(seconds, 1)} s${by}`);
    },
  });
  const seconds = rounded((performance.now() - beganAtMs) / 1_000, 1);
  const figures = { ...report, seconds, machine: machine(), command: command('mutants') };
  if (values.json) console.log(JSON.stringify(figures, null, 2));
  else console.log(`${report.killed} of ${report.mutants} mutants killed in ${seconds} s. ${figures.machine}`);
  if (!values.json)
    for (const { name, killedBy, why } of report.survivors) console.log(`${name} (${killedBy}): ${why}`);
  process.exitCode = report.survivors.length > 0 ? 1 : 0;
}

void main();
