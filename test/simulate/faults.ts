import { CLOCK_FAULTS } from './faults/clock';
import { CONFIG_FAULTS } from './faults/config';
import { CRASH_FAULTS } from './faults/crash';
import { DISK_FAULTS } from './faults/disk';
import type { Fault } from './faults/fault';
import { OPERATOR_FAULTS } from './faults/operator';
import { PLATFORM_FAULTS } from './faults/platform';
import { PROCESS_FAULTS } from './faults/process';
import { QUOTA_FAULTS } from './faults/quota';

const ALL = {
  ...CRASH_FAULTS,
  ...PROCESS_FAULTS,
  ...CLOCK_FAULTS,
  ...DISK_FAULTS,
  ...PLATFORM_FAULTS,
  ...QUOTA_FAULTS,
  ...OPERATOR_FAULTS,
  ...CONFIG_FAULTS,
} as const;

export type FaultName = keyof typeof ALL;

/** Everything that may go wrong, and how often beside the others. */
export const FAULTS: Readonly<Record<FaultName, Fault>> = ALL;

export function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(FAULTS, name);
}
