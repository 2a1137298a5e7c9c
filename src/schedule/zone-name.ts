import { closest, distance } from 'fastest-levenshtein';
import { isTimezone } from '../time/window';

/** Cities that the database lists under another name, and abbreviations that are taken for theirs. */
const MEANT: Readonly<Record<string, string>> = {
  beijing: '"Asia/Shanghai"',
  peking: '"Asia/Shanghai"',
  cst: '"Asia/Shanghai" or "America/Chicago"',
  pst: '"America/Los_Angeles"',
  ist: '"Asia/Kolkata"',
  bst: '"Europe/London"',
  jst: '"Asia/Tokyo"',
};
const TYPOS_MAX = 2;

/** What is wrong with the name of a zone: null when it is one. */
export function zoneFault(name: string): string | null {
  if (isTimezone(name)) return null;
  return `expected an IANA zone such as "Asia/Shanghai", got ${JSON.stringify(name)}${suggestion(name)}`;
}

function suggestion(name: string): string {
  const [, sign, hours] = /^(?:utc|gmt)?([+-])0?(\d{1,2})(?::?00)?$/i.exec(name) ?? [];
  if (hours !== undefined && Number(hours) > 0 && Number(hours) <= 12) {
    // The sign of these names is that of POSIX: west is positive.
    return `; a fixed offset is "Etc/GMT${sign === '+' ? '-' : '+'}${Number(hours)}"`;
  }
  const zones = Intl.supportedValuesOf('timeZone');
  const city = name.toLowerCase().replace(/\s+/g, '_').split('/').at(-1) ?? '';
  const meant = MEANT[city];
  if (meant !== undefined) return `, did you mean ${meant}?`;
  const named = zones.find((zone) => city !== '' && zone.toLowerCase().endsWith(`/${city}`));
  if (named !== undefined) return `, did you mean "${named}"?`;
  const near = closest(name, zones);
  return distance(name.toLowerCase(), near.toLowerCase()) <= TYPOS_MAX ? `, did you mean "${near}"?` : '';
}
