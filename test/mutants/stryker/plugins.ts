import { strykerPlugins as jestPlugins, strykerValidationSchema as jestSchema } from '@stryker-mutator/jest-runner';
import { CoveringRunner } from './covering-runner';
import { DrawnChecker } from './drawn';

/** What Stryker finds in here, by name. */
export const strykerPlugins = [
  ...jestPlugins,
  { kind: 'TestRunner', name: 'covering', injectableClass: CoveringRunner },
  { kind: 'Checker', name: 'drawn', injectableClass: DrawnChecker },
];

export const strykerValidationSchema = {
  ...jestSchema,
  properties: { ...jestSchema.properties, drawn: { type: 'array', items: { type: 'string' } } },
};
