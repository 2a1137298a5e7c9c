import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { parseCron } from '../../src/schedule/cron';
import { isoOf, parseInstant } from '../../src/schedule/preview';
import { nextSlotMs } from '../../src/schedule/slot';

/** Cases of https://github.com/cuu508/cronsim, kept beside the repository where somebody has them. */
const FILE = resolve(join(__dirname, '..', '..'), '..', 'shared', 'vectors', 'cronsim-dst.json');
const rowSchema = z.object({
  expr: z.string(),
  tz: z.string(),
  fromLocal: z.string(),
  fold: z.int(),
  expected: z.array(z.string()),
});
const isHere = existsSync(FILE);
const rows = isHere ? z.array(rowSchema).parse(JSON.parse(readFileSync(FILE, 'utf8'))) : [];
// Cases with seconds are not for five fields.
const fiveFields = rows.filter(({ expr }) => expr.split(' ').length === 5);

(isHere ? describe : describe.skip)(`the cases of cronsim${isHere ? '' : ` (skipped: there is no ${FILE})`}`, () => {
  test.each(isHere ? fiveFields : [{ expr: '', tz: '', fromLocal: '', fold: 0, expected: [] }])(
    '$expr in $tz after $fromLocal',
    ({ expr, tz, fromLocal, fold, expected }) => {
      expect(fold).toBe(0);
      const cron = parseCron(expr, 'job');
      let atMs = parseInstant(fromLocal, tz) ?? Number.NaN;
      const slots = expected.map(() => {
        atMs = nextSlotMs(cron, tz, atMs);
        return isoOf(atMs, tz);
      });
      expect(slots).toEqual(expected);
    },
  );
});
