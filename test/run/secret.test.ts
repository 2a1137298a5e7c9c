import { ordersJob, pagesOf } from './jobs';
import { type Bundle, START, setup } from './setup';

const USER = '101';

let bundle: Bundle;
afterEach(() => bundle.close());

/** Opens with jobs that know a secret value, as any code of the user's may. */
async function open(): Promise<{ secret: string; fail: () => never }> {
  bundle = await setup({ users: [USER], sandbox: { kuaishou: { merchants: { [USER]: { orders: 60, items: 0 } } } } });
  const { signSecret } = bundle.sandbox.kuaishou;
  const fail = (): never => {
    throw new Error(`GET https://example.test/?sign=${signSecret} failed`);
  };
  return { secret: signSecret, fail };
}

async function storedReasons(): Promise<string> {
  const runs = await bundle.store.runs.list({ limit: 10 });
  const shares = await Promise.all(runs.map((run) => bundle.store.runs.partitions(run.id)));
  const checkpoints = await bundle.store.checkpoints.list();
  return JSON.stringify([runs, shares, checkpoints, bundle.events]);
}

describe('a secret in the words of an error', () => {
  it('is blanked when the job throws after a call: in the store and in what is shown', async () => {
    const { secret, fail } = await open();
    const orders = pagesOf(Date.parse(START));
    const throwing = ordersJob([USER], {
      pages: async function* (context) {
        yield* orders(context);
        fail();
      },
    });
    const run = await bundle.run({}, throwing);
    expect(run.totals.partitionsFailed).toBe(1);
    expect(await storedReasons()).toContain('[secret env:SIGN_SECRET]');
    expect(await storedReasons()).not.toContain(secret);
  });

  it('is blanked when partitions() throws', async () => {
    const { secret, fail } = await open();
    await bundle.run(); // the secret is known from here on: a call has used it
    const listing = bundle.run({}, ordersJob([USER], { partitions: fail }));
    await expect(listing).rejects.toThrow('[secret env:SIGN_SECRET]');
    expect(await storedReasons()).not.toContain(secret);
  });
});
