import type { Mutant } from './mutant';
import { OWNERSHIP_MUTANTS } from './table/ownership';
import { PACE_MUTANTS } from './table/pace';
import { PAGE_MUTANTS } from './table/pages';
import { PARKING_MUTANTS } from './table/parking';
import { QUOTA_MUTANTS } from './table/quota';
import { SECRET_MUTANTS } from './table/secrets';
import { SLOT_MUTANTS } from './table/slots';

/** Every defect that the suites must find. */
export const MUTANTS: readonly Mutant[] = [
  ...QUOTA_MUTANTS,
  ...PARKING_MUTANTS,
  ...PAGE_MUTANTS,
  ...OWNERSHIP_MUTANTS,
  ...SLOT_MUTANTS,
  ...PACE_MUTANTS,
  ...SECRET_MUTANTS,
];
