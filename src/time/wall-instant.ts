import { DateTime } from 'luxon';

const WALL_TIME = /(\d{4})[-/](\d{2})[-/](\d{2})[ T](\d{2}):(\d{2}):(\d{2})/;

/**
 * The first date and time in a text (`2026-09-09 05:38:28`), read in a zone that the text does not name; null where there is
 * none that exists. A time that a DST change skips is read as luxon does, an hour on.
 */
export function wallInstantMs(text: string, timezone: string): number | null {
  const match = WALL_TIME.exec(text);
  if (!match) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const time = DateTime.fromObject({ year, month, day, hour, minute, second }, { zone: timezone });
  return time.isValid ? time.toMillis() : null;
}
