import { OffpeakError } from '../errors';
import { didYouMean } from '../job/faults';
import * as registry from '../platform/registry';
import type { VendorAbout } from '../platform/vendor';

/** Every vendor that Offpeak knows, by name. */
export const VENDORS: readonly VendorAbout[] = Object.values(registry)
  .map(({ about }) => about)
  .sort((a, b) => (a.name < b.name ? -1 : 1));

/** By its name or any other that people know it by; null for none. */
export function findVendor(name: string): VendorAbout | null {
  const wanted = name.toLowerCase();
  return VENDORS.find((one) => one.name === wanted || one.aliases?.includes(wanted)) ?? null;
}

/**
 * USAGE, with the nearest name, for a name that is neither a vendor nor a platform of the config.
 * @param unread why the config could not be looked at.
 */
export function unknownPlatform(name: string, configured: readonly string[], unread?: Error): OffpeakError {
  const known = [...configured, ...VENDORS.flatMap((one) => [one.name, ...(one.aliases ?? [])])];
  return new OffpeakError('USAGE', `there is no platform "${name}"${didYouMean(name, known)}`, {
    hint: `\`offpeak platform ls\` lists every platform.${unread ? ` The project was not read: ${unread.message}` : ''}`,
  });
}
