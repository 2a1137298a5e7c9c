import type { Scope } from './scope';

/** What a reply says of one limit. A field that it does not say is null. */
export interface RateReading {
  /** Calls (or units) per window. */
  readonly limit: number | null;
  /** Of them left in the window that is open. */
  readonly remaining: number | null;
  readonly windowMs: number | null;
  /** From the reply on: when there is more again. */
  readonly resetInMs: number | null;
  /** What is counted: calls when left out, else a unit such as `tokens`. */
  readonly unit?: string;
  /** What the platform calls the limit, where it has several: a policy's name, `user` of `X-Apig-RateLimit-user`. */
  readonly name?: string;
}

/** A reading, and whose counter it is of: names of the call's own scope. */
export type Reading = RateReading & { readonly scope: Scope };
