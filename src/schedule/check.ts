import type { Schedule } from '../job/definition';
import type { Fault } from '../job/faults';
import { parseCron } from './cron';
import { faultsOf, hoursFaults } from './hours-check';
import { parseEvery, parsePhase } from './timetable';

/** Everything that is wrong with a job's schedule, with paths inside it; empty when it can be trusted. */
export function checkSchedule(schedule: Schedule, jobName: string): Fault[] {
  return [...timeFaults(schedule, jobName), ...zonedFaults(schedule)];
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

/** Of the hours, and of the zone that they are in. */
function zonedFaults(schedule: Schedule): Fault[] {
  const { timezone = 'UTC', windows, blackouts } = schedule;
  const faults = hoursFaults({ timezone, windows, blackouts });
  if (schedule.timezone !== undefined || (windows ?? blackouts) === undefined) return faults;
  const message = `expected an IANA zone for the ${windows ? 'windows' : 'blackouts'}, such as "Asia/Shanghai", got nothing`;
  return [{ path: 'timezone', message }, ...faults];
}
