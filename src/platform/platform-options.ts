import { z } from 'zod';
import type { DayRule } from '../time/window';
import { type BudgetsOption, budgetsOption } from './budgets';
import type { PlatformDefinition } from './define';
import { dayOption, guardOption, originOption, reprobeOption } from './options';
import type { RequestBuilder } from './rest';

/** What the function of every vendor takes, whatever else it asks for. */
export interface PlatformOptions {
  /** An origin without a path. Default: the vendor's. */
  readonly baseUrl?: string;
  /** When days and months turn over. Default: as the vendor says. */
  readonly day?: DayRule;
  /** How far our clock and the platform's may be apart, ms. Default 2000, at most an hour. */
  readonly resetGuardMs?: number;
  /**
   * How often a scope that the platform put down is asked again before its reset: `'1h'`, from 1 minute to 1 day. Default
   * `false`, never: a refused call may count.
   */
  readonly reprobe?: string | false;
  /** Figures that differ from the documented ones, and budgets of your own: `{ 'app-day': 500_000, 'in-flight': false }`. */
  readonly budgets?: BudgetsOption;
}

/** Their part of a vendor's schema. */
export const platformOptions = {
  baseUrl: originOption.optional(),
  day: dayOption.optional(),
  resetGuardMs: guardOption.optional(),
  reprobe: reprobeOption.optional(),
  budgets: budgetsOption.optional(),
};

export const requestOption = z
  .custom<RequestBuilder>((value) => typeof value === 'function', 'expected a function')
  .optional();

/** What of them a platform's definition takes as it was given; `day` is the vendor's. */
export function definitionOf(
  { day, resetGuardMs, reprobe, budgets }: PlatformOptions,
  vendor: { readonly day: DayRule },
): Pick<PlatformDefinition, 'day' | 'resetGuardMs' | 'reprobe' | 'limits'> {
  return {
    day: day ?? vendor.day,
    ...(resetGuardMs === undefined ? {} : { resetGuardMs }),
    reprobe: reprobe ?? false,
    limits: budgets ?? {},
  };
}
