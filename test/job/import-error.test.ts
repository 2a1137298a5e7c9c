import { OffpeakError } from '../../src/errors';
import { importError } from '../../src/job/import-error';

const imported = { path: '/p/jobs/x.ts', file: 'jobs/x.ts', source: "import 'zod';\n", code: 'JOB_INVALID' } as const;

describe('what stopped an import', () => {
  it('keeps code and hint of an error that is meant for the operator', () => {
    const thrown = new OffpeakError('SECRET_MISSING', 'TOKEN is not set', { hint: 'Set it.' });
    thrown.stack =
      'OffpeakError: TOKEN is not set\n    at secret (/q/secrets.ts:1:1)\n    at /p/jobs/x.ts:4:7\n    at /p/jobs/x.ts:9:1';
    expect(importError(thrown, imported)).toMatchObject({
      code: 'SECRET_MISSING',
      message: 'jobs/x.ts:4:7: TOKEN is not set',
      hint: 'Set it.',
      cause: thrown,
    });
  });

  it('points to the copy of zod that comes with Offpeak', () => {
    const error = importError(new Error("Cannot find module 'zod'\nRequire stack:\n- /p"), imported);
    expect(error.message).toBe("jobs/x.ts:1: Cannot find module 'zod'");
    expect(error.hint).toBe("Write import { z } from 'offpeak'.");
  });

  it('shows one line, and not without end', () => {
    expect(importError(new Error(`${'x'.repeat(1_000)}\nsecond`), imported).message.length).toBeLessThan(400);
    expect(importError(new RangeError('first\nsecond'), imported).message).toBe(
      'jobs/x.ts: threw at import: RangeError: first',
    );
  });

  it.each([
    [null, 'null'],
    [undefined, 'nothing'],
    [{ message: 'plain' }, 'plain'],
  ])('takes anything that was thrown: %p', (thrown, shown) => {
    expect(importError(thrown, imported).message).toBe(`jobs/x.ts: threw at import: ${shown}`);
  });
});
