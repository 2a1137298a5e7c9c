import { type Budget } from '../../src/limit/budget';
import { type Bundle, qps, setup, times } from './setup';

/** No guard and no burst: so many a second, one every so many ms. */
const exact = (name: string, limit: number, parts: Partial<Budget> = {}): Budget =>
  qps(name, limit, { guardMs: 0, ...parts });
const usersOf = ({ sent }: Bundle): string[] => sent.map(({ user }) => user);

/** Asks one call at a time. */
async function oneByOne({ send }: Bundle, user: string, count: number): Promise<void> {
  for (let call = 0; call < count; call += 1) await send(user);
}

describe('the turns of lanes', () => {
  it('go round between flows, however many calls each has', async () => {
    const bundle = setup({ budgets: [exact('app-qps', 10)] });
    const { clock, send } = bundle;
    const calls = ['a', 'b', 'c'].flatMap((user, at) => times(4 + 20 * at, () => send(user)));
    await clock.run(Promise.all(calls));
    const order = usersOf(bundle).slice(1); // the first goes before there is anything to take turns for
    for (let round = 0; round < 3; round += 1) {
      expect(order.slice(3 * round, 3 * round + 3).sort()).toEqual(['a', 'b', 'c']);
    }
    expect(order.slice(9, 49).filter((user) => user === 'b')).toHaveLength(20);
  });

  it('come every second time to a flow that asks one call at a time beside one with a thousand waiting', async () => {
    const bundle = setup({ budgets: [exact('app-qps', 100)] });
    const { clock, send } = bundle;
    const hot = times(1_000, () => send('hot'));
    await clock.run(oneByOne(bundle, 'cold', 20));
    expect(usersOf(bundle).filter((user) => user === 'hot').length).toBeLessThanOrEqual(22);
    await clock.run(Promise.all(hot));
  });

  it('are those of the flow, though its calls spread over several APIs', async () => {
    const bundle = setup({ budgets: [exact('app-qps', 10), exact('api-qps', 10, { scope: ['api', 'user'] })] });
    const { clock, send } = bundle;
    const calls = ['x', 'y', 'z'].flatMap((api) => times(10, () => send('wide', { api })));
    calls.push(...times(10, () => send('narrow', { api: 'x' })));
    await clock.run(Promise.all(calls));
    expect(
      usersOf(bundle)
        .slice(0, 20)
        .filter((user) => user === 'narrow').length,
    ).toBeGreaterThanOrEqual(9);
  });

  it('keep the order of the calls within a lane', async () => {
    const { clock, permit } = setup({ budgets: [exact('app-qps', 10)] });
    const order: number[] = [];
    await clock.run(Promise.all(times(30, (at) => permit('a').then(() => order.push(at)))));
    expect(order).toEqual(times(30, (at) => at));
  });

  it('come after those of a higher priority, within a flow and between flows', async () => {
    const bundle = setup({ budgets: [exact('app-qps', 10)] });
    const { clock, send } = bundle;
    const calls = [
      ...times(3, () => send('usual')),
      ...times(3, () => send('late', { priority: 9 })),
      ...times(3, () => send('usual')),
      ...times(3, () => send('urgent', { priority: 0 })),
    ];
    await clock.run(Promise.all(calls));
    const late = times(3, () => 'late');
    expect(usersOf(bundle)).toEqual(['usual', ...times(3, () => 'urgent'), ...times(5, () => 'usual'), ...late]);
  });
});

describe('a lane that another counter of its own holds up', () => {
  const SHARED = exact('app-qps', 100);
  const OWN = exact('user-qps', 8, { scope: ['user'] });

  it('goes first where its own counter drains last, and ends near to its bound', async () => {
    const bundle = setup({ budgets: [SHARED, OWN] });
    const { clock, send, atOf } = bundle;
    const calls = times(20, (at) => `cold${at}`).flatMap((user) => times(40, () => send(user)));
    calls.push(...times(80, () => send('hot')));
    await clock.run(Promise.all(calls));
    // Eighty calls at eight a second are 10 s; all of them at a hundred a second 8.8 s. In turn it would end after 13 s.
    expect(atOf('hot').at(-1)).toBeLessThan(11_000);
    expect(bundle.sent.at(-1)!.user).toBe('hot');
  });

  it('starves nobody: the others go on with what it cannot use', async () => {
    const bundle = setup({ budgets: [SHARED, OWN] });
    const { clock, send, atOf } = bundle;
    const calls = times(100, () => send('hot'));
    await clock.advance(2_000);
    const users = times(30, (at) => `cold${at}`);
    const askedAtMs = bundle.nowMs();
    calls.push(...users.map((user) => send(user)));
    await clock.run(Promise.all(calls));
    const waitsMs = users.map((user) => atOf(user)[0]! - askedAtMs);
    expect(Math.max(...waitsMs)).toBeLessThan(10 * 30 * (100 / 92) + 20); // 92 of a hundred a second are theirs
  });
});

describe('a lane that is blocked', () => {
  it.each(['first', 'last'])(
    'delays nobody behind it at the counter that they share, where it stands %s',
    async (place) => {
      const bundle = setup({ budgets: [exact('app-qps', 10)] });
      const { clock, send, atOf, admission } = bundle;
      admission.pause({ user: 'blocked' }, 60_000);
      const calls = [send('free')];
      if (place === 'first') calls.unshift(send('blocked'));
      else calls.push(send('blocked'));
      calls.push(...times(9, () => send('free')));
      await clock.run(Promise.all(calls));
      expect(atOf('free').at(-1)).toBeCloseTo(900);
      expect(atOf('blocked')).toEqual([60_000]);
    },
  );

  it('by a pause that comes while it waits in turn delays nobody', async () => {
    const { clock, send, atOf, admission } = setup({ budgets: [exact('app-qps', 10)] });
    const calls = times(5, () => [send('blocked'), send('free')]).flat();
    await clock.advance(150);
    admission.pause({ user: 'blocked' }, 60_000);
    await clock.run(Promise.all(calls));
    expect(atOf('free').at(-1)).toBeLessThanOrEqual(601);
  });
});
