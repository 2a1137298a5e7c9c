import { messageOf } from '../errors';
import type { Schedule } from '../job/definition';
import type { Fault } from '../job/faults';
import { isTimezone } from '../time/window';
import { parseCron } from './cron';
import { parseHours } from './window';

/** Everything that is wrong with a job's schedule, with paths inside it; empty when it can be trusted. */
export function checkSchedule(schedule: Schedule, jobName: string): Fault[] {
  const faults = [faultOf('cron', () => parseCron(schedule.cron, jobName))];
  if (!isTimezone(schedule.timezone)) {
    const got = JSON.stringify(schedule.timezone);
    faults.push({ path: 'timezone', message: `expected an IANA zone such as "Asia/Shanghai", got ${got}` });
  }
  for (const [index, text] of (schedule.windows ?? []).entries()) {
    faults.push(faultOf(`windows[${index}]`, () => parseHours(text)));
  }
  return faults.filter((fault) => fault !== null);
}

function faultOf(path: string, parse: () => unknown): Fault | null {
  try {
    parse();
    return null;
  } catch (thrown) {
    return { path, message: messageOf(thrown) };
  }
}
