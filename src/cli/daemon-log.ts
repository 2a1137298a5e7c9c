import type { Log } from '../log';
import { type Pm2Settings, pm2Warnings } from '../monitor/pm2-check';
import type { RunEvent } from '../run/event';
import { formatInstant } from '../time/window';
import { dayOf, type Project } from './project';

/** What the daemon stands on, which explains most surprises: Node, its zone data, and what pm2 was told. */
export function logStart(log: Log, pm2: Pm2Settings | null, shutdownTimeoutMs: number): void {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const node = { node: process.version, timezone: timeZone, tzdata: process.versions['tz'] };
  log.info({ ...node, ...(pm2 ? { pm2 } : {}) }, 'starting');
  if (!pm2) return;
  for (const { setting, message } of pm2Warnings(pm2, { shutdownTimeoutMs })) log.warn({ setting }, message);
}

/** One line for what happened. */
export function logEvent(log: Log, project: Project, event: RunEvent): void {
  switch (event.kind) {
    case 'attempt':
      return log.debug({ job: event.job, partition: event.partition, ...event.attempt }, 'attempt');
    case 'page':
      return log.debug({ job: event.job, partition: event.partition, records: event.records }, 'page committed');
    case 'waiting':
      return log.debug(
        { job: event.job, partition: event.partition, waitMs: Math.round(event.waitMs), because: event.because },
        'call waits',
      );
    case 'parked': {
      const resumesAt = formatInstant(event.untilMs, dayOf(project, event.job));
      return log.info({ job: event.job, partition: event.partition, reason: event.reason, resumesAt }, 'parked');
    }
    case 'failed':
      return log.error({ job: event.job, partition: event.partition, reason: event.reason }, 'partition failed');
    case 'rewound':
      return log.warn(
        { job: event.job, partition: event.partition, reason: event.reason },
        'went back to the bookmark',
      );
    case 'run-started':
      return log.info({ job: event.run.job, run: event.run.id, resumed: event.resumed }, 'run started');
    case 'run-ended':
      return log.info(
        { job: event.run.job, run: event.run.id, state: event.run.state, ...event.run.totals },
        'run put down',
      );
    case 'run-failed':
      return; // the scheduler has logged it with its cause
    case 'resumed':
    case 'completed':
    case 'interrupted':
      return log.info({ job: event.job, partition: event.partition }, event.kind);
  }
}
