import { OffpeakError } from '../errors';
import type { PauseAsk } from '../monitor/pm2-action';
import type { Daemon } from './daemon-state';
import { operatorName } from './operator';
import { pausedOf, pausesFor } from './pause';
import { pausedName, untilText } from './paused';

const REASON_DEFAULT = 'by pm2 trigger';

/** `pm2 trigger offpeak pause`: as `offpeak pause` does it. */
export async function pauseByPm2(
  { project, store, clock }: Daemon,
  ask: PauseAsk & { readonly reason?: string | undefined; readonly until?: string | undefined },
): Promise<unknown> {
  const { reason = REASON_DEFAULT, until } = ask;
  const pauses = pausesFor(project, whichOf(ask), { reason, by: operatorName(), sinceMs: clock.nowMs(), until });
  await store.operatorPauses.put(pauses);
  return { paused: pauses.map((pause) => `${pausedName(pause)}, ${untilText(project, pause)}`) };
}

/** `pm2 trigger offpeak resume`. */
export async function resumeByPm2({ store, clock }: Daemon, ask: PauseAsk): Promise<unknown> {
  const ended = await store.operatorPauses.end(whichOf(ask), { by: operatorName(), nowMs: clock.nowMs() });
  return { resumed: ended.map(pausedName) };
}

function whichOf({ job, platform }: PauseAsk): ReturnType<typeof pausedOf> {
  const which = pausedOf(job === undefined ? [] : [job], platform === undefined ? {} : { platform });
  if (which.length > 0) return which;
  throw new OffpeakError('USAGE', 'expected a job or a platform, got neither', {
    hint: 'For example: pm2 trigger offpeak pause \'{"platform":"kuaishou","until":"2h"}\'',
  });
}
