import { nextMessage, startChild } from './child';
import type { Choice } from './limit-matrix';

/** An app of 200 calls a second, two APIs of 120 each and 40 users of 20 each; one user has much more to do than the others. */
export const APP_QPS = 200;
export const API_QPS = 120;
export const USER_QPS = 20;
export const APIS = 2;
export const USERS = 40;
export const HOT_CALLS = 400;
export const COLD_CALLS_EACH = 60;

export const THREE_LIMIT_SUBJECTS = [
  'offpeak',
  'bottlenecks user, API, app',
  'bottlenecks app, API, user',
  'bottlenecks app, API, user, maxConcurrent',
] as const;
export type ThreeLimitSubject = (typeof THREE_LIMIT_SUBJECTS)[number];

export interface ThreeLimitFigures {
  readonly subject: ThreeLimitSubject;
  readonly calls: number;
  readonly refusedByApp: number;
  readonly refusedByApi: number;
  readonly refusedByUser: number;
  /** Share of the app's limit that was served in the first ten seconds, while enough partitions have work. */
  readonly appUsed: number;
  readonly hotDoneS: number;
  /** `hotDoneS` over its lower bound: its calls at the pace of a user. */
  readonly hotRatio: number;
  readonly coldDoneS: number;
  /** `coldDoneS` over its lower bound: their calls at what the hot user leaves of the app. */
  readonly coldRatio: number;
  readonly cpuPerCallUs: number;
}

export async function threeLimits({ subject, quick }: Choice): Promise<ThreeLimitFigures[]> {
  const all: ThreeLimitFigures[] = [];
  for (const name of THREE_LIMIT_SUBJECTS) {
    if (subject !== undefined && subject !== name) continue;
    if (quick) continue; // half a minute each
    all.push(await nextMessage<ThreeLimitFigures>(startChild('three-limits-process.ts', { subject: name })));
    console.error(`three limits, ${name}: done`);
  }
  return all;
}
