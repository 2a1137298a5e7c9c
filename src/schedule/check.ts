import type { Schedule } from '../job/definition';
import type { Fault } from '../job/faults';
import { parseCron } from './cron';
import { parseDeadline } from './deadline';
import { faultsOf, hoursFaults } from './hours-check';
import { parseOffset } from './plan-slots';
import { parseCatchUpSpacing, parseCatchUpWindow } from './slot-policy';
import { parseEvery, parsePhase } from './timetable';

/** Everything that is wrong with a job's schedule, with paths inside it; empty when it can be trusted. */
export function checkSchedule(schedule: Schedule, jobName: string): Fault[] {
  return [
    ...timeFaults(schedule, jobName),
    ...zonedFaults(schedule),
    ...placementFaults(schedule),
    ...catchUpFaults(schedule),
  ];
}

function catchUpFaults({ catchUp }: Schedule): Fault[] {
  if (typeof catchUp !== 'object') return [];
  const { window, spacing } = catchUp;
  return [
    ...(window === undefined ? [] : faultsOf('catchUp.window', () => parseCatchUpWindow(window))),
    ...(spacing === undefined ? [] : faultsOf('catchUp.spacing', () => parseCatchUpSpacing(spacing))),
  ];
}

function timeFaults(schedule: Schedule, jobName: string): Fault[] {
  if (schedule.every === undefined) {
    return faultsOf('cron', () => parseCron(schedule.cron, jobName, schedule.dayMatch));
  }
  const { every, phase } = schedule;
  const faults = faultsOf('every', () => parseEvery(every));
  if (faults.length > 0 || phase === undefined) return faults;
  return faultsOf('phase', () => parsePhase(phase, parseEvery(every), jobName));
}

function placementFaults({ deadline, offset }: Schedule): Fault[] {
  return [
    ...(deadline === undefined ? [] : faultsOf('deadline', () => parseDeadline(deadline))),
    ...(offset === undefined ? [] : faultsOf('offset', () => parseOffset(offset))),
  ];
}

/** Of the hours, and of the zone that they and the deadline are in. */
function zonedFaults(schedule: Schedule): Fault[] {
  const { timezone = 'UTC', windows, blackouts, deadline } = schedule;
  const faults = hoursFaults({ timezone, windows, blackouts });
  const [needed] = Object.entries({ windows, blackouts, deadline }).filter(([, value]) => value !== undefined);
  if (schedule.timezone !== undefined || needed === undefined) return faults;
  const message = `expected an IANA zone for the ${needed[0]}, such as "Asia/Shanghai", got nothing`;
  return [{ path: 'timezone', message }, ...faults];
}
