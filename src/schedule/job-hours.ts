import type { Job } from '../job/parse';
import { combineHours, type Hours } from './hours';
import { type HoursLevel, parseLevel } from './hours-level';

/** Hours that a config states, around those of the jobs. */
export interface OuterHours {
  /** Of all jobs; null when it states none. */
  readonly hours: HoursLevel | null;
  /** By the names of platforms. */
  readonly platformHours: Readonly<Record<string, HoursLevel>>;
}

export type HoursOf = (job: Pick<Job, 'platform' | 'schedule'>) => Hours;

/** Finds the hours of jobs. Jobs that state the same ones share them, and what was looked up in them. */
export function hoursOfJobs(outer: OuterHours): HoursOf {
  const byJob = new WeakMap<object, Hours>();
  const byDefinition = new Map<string, Hours>();
  return (job) => {
    let hours = byJob.get(job);
    if (hours === undefined) {
      const { timezone = 'UTC', windows, blackouts } = job.schedule ?? {};
      const definition = JSON.stringify([job.platform, timezone, windows, blackouts]);
      hours = byDefinition.get(definition) ?? combineHours(levelsOf(outer, job));
      byDefinition.set(definition, hours);
      byJob.set(job, hours);
    }
    return hours;
  };
}

function levelsOf({ hours, platformHours }: OuterHours, { platform, schedule }: Parameters<HoursOf>[0]): HoursLevel[] {
  const ofPlatform = Object.hasOwn(platformHours, platform) ? platformHours[platform] : undefined;
  return [
    ...(hours === null ? [] : [hours]),
    ...(ofPlatform === undefined ? [] : [ofPlatform]),
    ...(schedule === null ? [] : [parseLevel({ level: 'job' }, schedule)]),
  ];
}
