import { daysWithoutOneSlot, type Years } from './once-a-day';

/**
 * `npm run test:zones`: a job at each of some fixed times, in every zone of the runtime, over ten years. With names of zones
 * (`-- Europe/Berlin America/Nuuk`) in those only.
 */
const YEARS: Years = { from: 2018, to: 2028 };
const TIMES = [
  { hour: 0, minute: 0 },
  { hour: 2, minute: 30 },
  { hour: 23, minute: 45 },
];

function main(): void {
  const named = process.argv.slice(2);
  const zones = named.length > 0 ? named : Intl.supportedValuesOf('timeZone');
  const wrong = zones.flatMap((zone) => TIMES.flatMap((time) => daysWithoutOneSlot(zone, time, YEARS)));
  for (const line of wrong.slice(0, 50)) console.log(line);
  const { tz = 'unknown' } = process.versions;
  console.log(
    `${zones.length} zones (tzdb ${tz}), ${TIMES.length} times, ${YEARS.from} to ${YEARS.to - 1}: ${wrong.length} wrong`,
  );
  process.exitCode = wrong.length === 0 ? 0 : 1;
}

main();
