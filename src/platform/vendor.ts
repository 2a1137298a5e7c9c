import type { Scope } from '../job/scope';
import type { Platform } from './platform';

/** What Offpeak knows of a vendor before anybody has an account there. */
export interface VendorAbout {
  /** The name that commands take: lower case, `-` between words. */
  readonly name: string;
  /** Other names that people know it by. */
  readonly aliases?: readonly string[];
  /** For people: `Kuaishou e-commerce open platform`. */
  readonly title: string;
  /** `full`: requests, access and a sandbox twin too. `classified`: budgets and what every reply means; a generic request. */
  readonly support: 'full' | 'classified';
  /** How well its limits and errors are known: `high` from the vendor's own page, `medium` from clients or captured replies. */
  readonly confidence: 'high' | 'medium' | 'low';
  /** The vendor's page on limits. */
  readonly page: string;
  /** A usual call, for replies that are classified without one. */
  readonly call: { readonly api: string; readonly scope?: Scope };
  /** The platform with invented credentials: its budgets can be shown and its replies classified. */
  readonly example: () => Platform;
}

/** A function that makes the platform of one account, and what is known of the vendor. */
export type Vendor<Options = never> = ((options: Options) => Platform) & { readonly about: VendorAbout };

export function vendor<Options>(about: VendorAbout, make: (options: Options) => Platform): Vendor<Options> {
  return Object.assign((options: Options) => make(options), { about });
}
