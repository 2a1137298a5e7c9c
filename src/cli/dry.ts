import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OffpeakError } from '../errors';
import type { Job } from '../job/parse';
import type { Partition } from '../job/partition';
import type { Sink } from '../job/sink';
import { noteColor } from './color';
import { listPartitions } from './partitions';
import { note, printJson } from './print';
import { dayOf, type Project } from './project';
import type { RunOptions } from './run-options';
import type { Taken } from './stuck';
import { takeHere } from './take-here';
import { showTaken } from './taken';
import { openTwin, type Twin } from './twin';

/** Invented data per merchant, form and list. */
const DATA = { orders: 500, items: 120, instances: 500, records: 500 };

/**
 * Tries a job on the sandbox twin of its platform, with the job's own budgets and a store that is thrown away: no call
 * leaves this machine, nothing is kept. Resolves with the exit code.
 */
export async function dryRun(project: Project, planned: Job, options: RunOptions): Promise<number> {
  const job = { ...planned, sink: drySink(planned.sink) };
  const folder = await mkdtemp(join(tmpdir(), 'offpeak-dry-'));
  try {
    const twin = await openDryTwin(project, job, folder);
    try {
      return await takeHere({
        project: twin.project,
        job,
        options,
        command: `run ${job.name} --dry`,
        show: (taken) => showDry(twin.project, taken, options),
      });
    } finally {
      await twin.sandbox.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Invented records must not reach what the job delivers to: a function of its own, or a folder outside of the project. */
function drySink(sink: Sink): Sink {
  if (typeof sink === 'function') return () => undefined;
  return sink.kind === 'jsonl' ? { kind: 'jsonl', directory: 'out' } : sink;
}

async function openDryTwin(project: Project, job: Job, folder: string): Promise<Twin> {
  const platform = project.config.platforms[job.platform];
  const partitions = await listPartitions(job);
  const twin = await openTwin(
    { ...project, directory: folder, jobs: [job] },
    {
      store: join(folder, 'dry.db'),
      day: dayOf(project, job.name),
      resetGuardMs: platform?.resetGuardMs ?? 0,
      sandbox: {
        kuaishou: { merchants: merchantsOf(partitions) },
        yida: { forms: formsOf(partitions) },
        dingtalk: { departments: departmentsOf(partitions), processes: formsOf(partitions) },
        apig: { otherRecords: DATA.records },
      },
    },
  );
  if (twin.project.jobs.length > 0) return twin;
  await twin.sandbox.close();
  throw new OffpeakError('USAGE', `${job.name}: there is no sandbox for the vendor "${platform?.vendor ?? ''}"`, {
    hint: 'Try it on the platform itself with a few calls: offpeak run … --max-calls 3',
  });
}

function merchantsOf(partitions: readonly Partition[]): Record<string, { orders: number; items: number }> {
  const users = partitions.flatMap(({ scope }) =>
    scope.user === undefined || !/^\d{1,15}$/.test(scope.user) ? [] : [scope.user],
  );
  return Object.fromEntries(users.map((user) => [user, { orders: DATA.orders, items: DATA.items }]));
}

/** The sandbox takes the key of a partition for the form, or the approval process, that it syncs. */
function formsOf(partitions: readonly Partition[]): Record<string, { instances: number }> {
  return Object.fromEntries(partitions.map(({ key }) => [key, { instances: DATA.instances }]));
}

/** For the department, too, where it is a number. */
function departmentsOf(partitions: readonly Partition[]): Record<string, { users: number }> {
  const numbers = partitions.map(({ key }) => key).filter((key) => /^\d{1,15}$/.test(key));
  return Object.fromEntries(numbers.map((key) => [key, { users: DATA.instances }]));
}

function showDry(project: Project, taken: Taken, options: RunOptions): void {
  const { run, stuck } = taken;
  if (options.json) return printJson({ dry: true, run, stuck });
  showTaken(project, taken);
  note(noteColor.dim('a dry run on the sandbox with invented data: no call left this machine, nothing was kept'));
}
