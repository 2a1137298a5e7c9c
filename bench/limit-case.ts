import type { CounterKind } from '../src/sandbox/counter';
import { PEERS } from './peers';

/** Every server that a client is measured on. A bucket of 1 allows no burst at all: nginx without `burst`. */
export const SERVERS = [
  'sliding',
  'fixed',
  'bucket limit/10',
  'bucket limit',
  'bucket 1',
  'nginx burst 10',
  'nginx burst 20',
] as const;
export type ServerName = (typeof SERVERS)[number];

/** `offpeak` is told only the limit, over a rolling second; `offpeak, told` also how the server counts. */
export const OFFPEAK = ['offpeak', 'offpeak, told'] as const;
export const SUBJECTS: readonly string[] = [...OFFPEAK, ...Object.keys(PEERS)];

export interface LimitCase {
  /** The first one decides the replies; several only for a client that takes no notice of them. */
  readonly servers: readonly ServerName[];
  /** Calls a second. */
  readonly limit: number;
  readonly latencyMs: readonly [number, number];
  readonly spreadMs: number;
  /** Of the client's event loop, once a second. */
  readonly stallMs: number;
  readonly subject: string;
  /** Before anything is measured: Offpeak's learning, and the start of the others. */
  readonly learnMs: number;
  readonly measureMs: number;
}

export interface LimitFigures {
  readonly server: ServerName;
  readonly limit: number;
  readonly latency: string;
  readonly spread: number;
  readonly stall: number;
  readonly subject: string;
  /** Share of the limit that was served. */
  readonly used: number;
  /** The most that a client can be sure of. */
  readonly bound: number;
  /** `used` / `bound`. */
  readonly ratio: number;
  readonly refused: number;
  /** Null for those that learn nothing. */
  readonly refusedWhileLearning: number | null;
  readonly served: number;
  readonly seconds: number;
  readonly cpuPerCallUs: number;
}

export function isOffpeak(subject: string): boolean {
  return OFFPEAK.some((name) => name === subject);
}

export function isNginx(server: ServerName): boolean {
  return server.startsWith('nginx');
}

/** Calls that the server takes at once when it has rested; null where it counts windows. */
export function burstOf(server: ServerName, limit: number): number | null {
  switch (server) {
    case 'sliding':
    case 'fixed':
      return null;
    case 'bucket limit/10':
      return Math.max(1, Math.floor(limit / 10));
    case 'bucket limit':
      return limit;
    case 'bucket 1':
      return 1;
    case 'nginx burst 10':
      return 11; // one on time and ten too early
    case 'nginx burst 20':
      return 21;
  }
}

/** How the sandbox counts like this server. */
export function counterOn(server: ServerName, limit: number): CounterKind {
  const burst = burstOf(server, limit);
  if (burst !== null) return { kind: 'bucket', burst };
  return { kind: server === 'fixed' ? 'fixed' : 'sliding' };
}

/**
 * The share of the limit that a client can be sure to be served, W being the second that is counted.
 * Spread J: the server counts arrivals, and calls that left W apart may arrive W - J apart, so a window has to be kept over
 * W + J of sends: W / (W + J).
 * Stall S, a second: a window has room for all of its calls in what is left of it, so nothing is lost. A bucket loses what it
 * was refilled with while it was full: per second it gives (1 - S) of the limit and at most its burst from the stall,
 * (1 - S/W) + burst / limit, at most 1.
 */
export function boundOf({ limit, spreadMs, stallMs }: LimitCase, server: ServerName): number {
  const windowMs = 1_000;
  const burst = burstOf(server, limit);
  const spread = windowMs / (windowMs + spreadMs);
  if (stallMs === 0 || burst === null) return spread;
  return Math.min(spread, 1 - stallMs / windowMs + burst / limit);
}

export function latencyOf([minMs, maxMs]: readonly [number, number]): string {
  return minMs === maxMs ? `${minMs} ms` : `${minMs}-${maxMs} ms`;
}
