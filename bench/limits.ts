import { parseArgs } from 'node:util';
import { nextMessage, startChild } from './child';
import { type LimitCase, type LimitFigures, SERVERS, SUBJECTS } from './limit-case';
import { type Choice, planCases } from './limit-matrix';
import { command, machine } from './machine';
import { hasNginx } from './nginx';
import { type ThreeLimitFigures, threeLimits } from './three-limits';

/**
 * How much of a platform's limit is used, and how often it refuses, with Offpeak and with other limiters in front. Clients and
 * servers have processes of their own; the servers count, and are real ones on loopback.
 */
async function main(): Promise<void> {
  const { json, inParallel, threeOnly, choice } = parseOptions();
  const nginx = hasNginx();
  if (!nginx) console.error('notice: nginx is not installed, its cases are left out');
  const cases: LimitFigures[] = [];
  const planned = threeOnly ? [] : planCases(choice, nginx);
  for (let at = 0; at < planned.length; at += inParallel) {
    const figures = await Promise.all(planned.slice(at, at + inParallel).map(runCase));
    cases.push(...figures.flat());
    for (const one of figures.flat()) console.error(progress(one, `${at + figures.length}/${planned.length}`));
  }
  const chosen = choice.server === undefined && choice.limit === undefined;
  const three = chosen || threeOnly ? await threeLimits(choice) : [];
  report({ machine: machine(), command: command('bench:limits'), inParallel, cases, threeLimits: three }, json);
}

function parseOptions(): { json: boolean; inParallel: number; threeOnly: boolean; choice: Choice } {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      'three-limits': { type: 'boolean', default: false },
      server: { type: 'string' },
      subject: { type: 'string' },
      limit: { type: 'string' },
      seconds: { type: 'string' },
      learn: { type: 'string' },
      parallel: { type: 'string', default: '2' },
    },
  });
  oneOf('server', values.server, SERVERS);
  oneOf('subject', values.subject, SUBJECTS);
  return {
    json: values.json,
    inParallel: Number(values.parallel),
    threeOnly: values['three-limits'],
    choice: {
      quick: values.quick,
      server: values.server,
      subject: values.subject,
      limit: values.limit === undefined ? undefined : Number(values.limit),
      learnMs: Number(values.learn ?? (values.quick ? 6 : 20)) * 1_000,
      measureMs: Number(values.seconds ?? (values.quick ? 5 : 10)) * 1_000,
    },
  };
}

function oneOf(option: string, value: string | undefined, all: readonly string[]): void {
  if (value === undefined || all.includes(value)) return;
  console.error(`--${option}: expected one of ${all.join(' · ')}, got ${value}`);
  process.exit(2);
}

/** In a process of its own. */
function runCase(one: LimitCase): Promise<LimitFigures[]> {
  return nextMessage<LimitFigures[]>(startChild('limit-case-process.ts', one));
}

function progress(one: LimitFigures, at: string): string {
  const { server, limit, latency, spread, stall, subject, used, refused } = one;
  const extra = `${spread > 0 ? `, spread ${spread} ms` : ''}${stall > 0 ? `, stall ${stall} ms` : ''}`;
  return `${at}  ${subject} on ${server}, ${limit}/s, ${latency}${extra}: used ${used}, refused ${refused}`;
}

interface Report {
  readonly machine: string;
  readonly command: string;
  /** Cases that ran at the same time. */
  readonly inParallel: number;
  readonly cases: readonly LimitFigures[];
  readonly threeLimits: readonly ThreeLimitFigures[];
}

function report(all: Report, json: boolean): void {
  if (json) {
    console.log(JSON.stringify(all, null, 2));
    return;
  }
  console.log(`${all.machine}\n${all.command}, ${all.inParallel} cases at a time`);
  if (all.cases.length > 0) console.table(all.cases);
  if (all.threeLimits.length > 0) console.table(all.threeLimits);
}

void main();
