import type { Job } from '../job/parse';
import type { Draw } from './budget';

export interface SharedPlatform {
  /** The name in the config. */
  readonly name: string;
  /** The counter that its jobs share; null when it has none. */
  readonly draw: Draw | null;
}

/** What is wrong with how the jobs of a platform share its quota: each job is right by itself. */
export function shareWarnings({ name, draw }: SharedPlatform, jobs: readonly Job[]): string[] {
  const sharing = jobs.filter(({ platform, quota }) => platform === name && quota !== null);
  if (sharing.length === 0) return [];
  if (!draw) {
    const expected = 'expected a day, month or window on the clock, in calls, that all calls of the account draw on';
    return [
      `platform ${name}: no budget that jobs can share (${expected}): quota of ${namesOf(sharing)} has no effect`,
    ];
  }
  const reserving = sharing.filter(({ quota }) => quota !== null && quota.reserve > 0);
  const reserves = reserving.reduce((sum, { quota }) => sum + (quota?.reserve ?? 0), 0);
  const { budget } = draw;
  if (reserves <= budget.limit) return [];
  const got = `got ${reserves} of ${namesOf(reserving)}`;
  return [
    `platform ${name}: expected reserves of at most ${budget.name}, ${budget.limit}, ${got}: by priority until it is gone`,
  ];
}

function namesOf(jobs: readonly Job[]): string {
  return jobs.map(({ name }) => name).join(', ');
}
