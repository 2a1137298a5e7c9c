import fc from 'fast-check';
import type { RunPartition } from '../../src/job/run';
import { SCOPE_NAMES, type Scope } from '../../src/job/scope';
import type { Hold } from '../../src/limit/hold';
import { StoppingHolds } from '../../src/store/stopping-holds';

const scope = fc
  .dictionary(fc.constantFrom(...SCOPE_NAMES), fc.constantFrom('a', 'b'), { maxKeys: 4 })
  .map((names): Scope => ({ ...names }));
const holds = fc.array(fc.tuple(fc.constantFrom('shop', 'mall'), scope), { maxLength: 8 });
const shares = fc.array(fc.tuple(fc.constantFrom('orders', 'items', 'forms'), scope), { maxLength: 8 });
const JOBS = { shop: ['orders', 'items'], mall: ['forms'] };

test('the holds that stop one of the partitions are those of its platform that no common name parts from it', () => {
  fc.assert(
    fc.property(holds, shares, (held, parked) => {
      const all = held.map(([platform, of]) => ({ platform, scope: of }) as Hold);
      const stopping = new StoppingHolds(all, JOBS);
      for (const [job, of] of parked) stopping.see({ job, partition: { key: 'k', scope: of } } as RunPartition);
      const expected = all.filter((hold) =>
        parked.some(([job, of]) => JOBS[hold.platform as 'shop'].includes(job) && !isParted(hold.scope, of)),
      );
      expect(new Set(stopping.found)).toEqual(new Set(expected));
    }),
  );
});

test('ten thousand holds and as many partitions do not meet one by one', () => {
  const users = Array.from({ length: 10_000 }, (_, n) => `shop-${n}`);
  let compared = 0;
  const counted = (user: string): Scope => ({
    app: 'ks0',
    get user() {
      compared += 1;
      return user;
    },
  });
  const stopping = new StoppingHolds(
    users.map((user) => ({ platform: 'shop', scope: counted(user) }) as Hold),
    JOBS,
  );
  for (const user of users) stopping.see({ job: 'orders', partition: { key: user, scope: { user } } } as RunPartition);
  expect(stopping.found).toHaveLength(users.length);
  expect(compared).toBeLessThan(10 * users.length);
});

function isParted(hold: Scope, own: Scope): boolean {
  return SCOPE_NAMES.some((name) => hold[name] !== undefined && own[name] !== undefined && hold[name] !== own[name]);
}
