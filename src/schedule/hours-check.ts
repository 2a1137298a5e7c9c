import { messageOf } from '../errors';
import type { Fault } from '../job/faults';
import type { BlackoutDefinition, WindowDefinition } from '../job/hours-definition';
import { parseDateRange } from './date-range';
import { combineHours, neverOpen } from './hours';
import { type LevelDefinition, parseLevel } from './hours-level';
import { parseClockHours, windowParts } from './hours-rule';
import { parseWeekdays } from './weekdays';
import { zoneFault } from './zone-name';

/** Everything that is wrong with hours, with paths inside them; empty when they can be trusted. */
export function hoursFaults(definition: LevelDefinition): Fault[] {
  const { windows = [], blackouts = [], peaks = [] } = definition;
  const faults = [
    ...faultsOf('timezone', () => zoneFault(definition.timezone)),
    ...windows.flatMap((window, index) => windowFaults(window, `windows[${index}]`)),
    ...blackouts.flatMap((blackout, index) => blackoutFaults(blackout, `blackouts[${index}]`)),
    ...peaks.flatMap((peak, index) => windowFaults(peak, `peaks[${index}]`)),
  ];
  return faults.length > 0 ? faults : openingFaults(definition);
}

/** Runs the check of one field: what it throws, or the text that it returns, is its fault. */
export function faultsOf(path: string, check: () => unknown): Fault[] {
  try {
    const message = check();
    return typeof message === 'string' ? [{ path, message }] : [];
  } catch (thrown) {
    return [{ path, message: messageOf(thrown) }];
  }
}

function windowFaults(definition: WindowDefinition, path: string): Fault[] {
  const { hours, days } = windowParts(definition);
  const at = (field: string): string => (typeof definition === 'string' ? path : `${path}.${field}`);
  return [
    ...faultsOf(at('hours'), () => parseClockHours(hours)),
    ...(days === undefined ? [] : faultsOf(at('days'), () => parseWeekdays(days))),
  ];
}

function blackoutFaults({ hours, days, dates }: BlackoutDefinition, path: string): Fault[] {
  if (hours === undefined && days === undefined && dates === undefined) {
    return [{ path, message: 'expected at least one of hours, days and dates, got none of them' }];
  }
  return [
    ...(hours === undefined ? [] : faultsOf(`${path}.hours`, () => parseClockHours(hours))),
    ...(days === undefined ? [] : faultsOf(`${path}.days`, () => parseWeekdays(days))),
    ...(dates ?? []).flatMap((text, index) => faultsOf(`${path}.dates[${index}]`, () => parseDateRange(text))),
  ];
}

function openingFaults(definition: LevelDefinition): Fault[] {
  if (!neverOpen(combineHours([parseLevel({ level: 'job' }, definition)]))) return [];
  const message = 'expected to leave the windows open at some time of the week, got blackouts that cover all of it';
  return [{ path: 'blackouts', message }];
}
