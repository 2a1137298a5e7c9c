import { CoveringRunner, type JestRunner, type TestRunner } from './covering-runner';
import { DrawnChecker } from './drawn';
import { Progress } from './progress';

interface Injector {
  injectFunction(factory: unknown): JestRunner;
}

/** What Stryker finds in here, by name. */
export function pluginsAround(jestFactory: unknown): readonly object[] {
  const runner = (injector: Injector): TestRunner => new CoveringRunner(injector.injectFunction(jestFactory));
  return [
    { kind: 'TestRunner', name: 'covering', factory: Object.assign(runner, { inject: ['$injector'] }) },
    { kind: 'Checker', name: 'drawn', injectableClass: DrawnChecker },
    { kind: 'Reporter', name: 'drawn', injectableClass: Progress },
  ];
}

/** Their own options, as a JSON schema. */
export const OPTIONS = { drawn: { type: 'array', items: { type: 'string' } } };
