import { messageOf } from '../errors';
import type { Schedule } from '../job/definition';
import type { Fault } from '../job/faults';
import { parseCron } from './cron';
import { parseDeadline } from './deadline';
import { parseOffset } from './plan-slots';
import { parseCatchUpSpacing, parseCatchUpWindow } from './slot-policy';
import { parseEvery, parsePhase } from './timetable';
import { parseHours } from './window';
import { zoneFault } from './zone-name';

/** Everything that is wrong with a job's schedule, with paths inside it; empty when it can be trusted. */
export function checkSchedule(schedule: Schedule, jobName: string): Fault[] {
  const faults = [...timeFaults(schedule, jobName), ...zoneFaults(schedule), ...placementFaults(schedule)];
  for (const [index, text] of (schedule.windows ?? []).entries()) {
    faults.push(...faultsOf(`windows[${index}]`, () => parseHours(text)));
  }
  return [...faults, ...catchUpFaults(schedule)];
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

function zoneFaults({ timezone, windows, deadline }: Schedule): Fault[] {
  if (timezone === undefined) {
    const needed = windows === undefined ? deadline && 'the deadline' : 'the windows';
    const message = `expected an IANA zone for ${needed}, such as "Asia/Shanghai", got nothing`;
    return needed === undefined ? [] : [{ path: 'timezone', message }];
  }
  const fault = zoneFault(timezone);
  return fault === null ? [] : [{ path: 'timezone', message: fault }];
}

function faultsOf(path: string, parse: () => unknown): Fault[] {
  try {
    parse();
    return [];
  } catch (thrown) {
    return [{ path, message: messageOf(thrown) }];
  }
}
