import { parseArgs } from 'node:util';
import { killLoop } from './loop';

/** `npm run test:kill -- --kills 1000 --json`: the same loop as in the tests, as long as one likes. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { kills: { type: 'string', default: '100' }, json: { type: 'boolean', default: false } },
  });
  const report = await killLoop({ kills: Number(values.kills), random: Math.random });
  if (values.json) console.log(JSON.stringify(report, null, 2));
  else console.table(report);
  const broken =
    report.missing + report.invented + report.overspent > 0 || report.repeatedMax > 1 || report.exitCode !== 0;
  process.exitCode = broken ? 1 : 0;
}

void main();
