import type { z } from 'zod';
import type { Clock } from '../time/clock';
import type { DayRule } from '../time/window';
import type { Answer, Received } from './answer';
import type { Quota } from './quota';

/** One platform of an open sandbox. It answers at once; latency, faults and the ledger are added by the front. */
export interface Twin<Handle> {
  /** One call after the other, in the order of their arrivals. */
  answer(request: Received): Answer;
  /** What whoever opened the sandbox holds of it. */
  handle(url: string): Handle;
}

/** What every twin is built from, beside its own options. */
export interface TwinParts {
  readonly seed: string;
  /** What the records' instants are relative to, epoch ms. */
  readonly anchorMs: number;
  readonly openedAtMs: number;
  /** This platform's own counters. */
  readonly quota: Quota;
  /** When `per: 'day'` and `'month'` turn over, for replies that say so. */
  readonly day: DayRule;
  /** For a handle; an answer takes its instant from the request. */
  readonly clock: Clock;
}

/** An entry of the registry. */
export interface TwinKind<Options extends z.ZodType, Handle extends { readonly url: string }> {
  /** After "behaves like", on the sandbox's own page. */
  readonly about: string;
  /** Where `offpeak sandbox` serves it unless told otherwise. */
  readonly port: number;
  /** Takes `undefined` too: everything has a default. */
  readonly options: Options;
  build(settings: z.output<Options>, parts: TwinParts): Twin<Handle>;
  /** Addresses and invented credentials, as `offpeak sandbox` prints them: what a client needs. */
  account(handle: Handle): Readonly<Record<string, unknown>>;
}
