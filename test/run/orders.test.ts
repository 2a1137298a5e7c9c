import type { Gateway } from '../../src/run/gateway';
import { takeOrders, Unparks } from '../../src/run/orders';
import { fakeClock } from '../fake-clock';

test('what is parked is made due once no hold in memory would put it down again, and then is told of', async () => {
  const steps: string[] = [];
  const step = (name: string) => () => {
    steps.push(name);
    return Promise.resolve();
  };
  const gateway = { unpark: step('forget holds in memory') } as unknown as Gateway;
  const unparks = new Unparks();
  unparks.listen(() => steps.push('tell'));
  await takeOrders({
    orders: {
      take: () => Promise.resolve([{ kind: 'unpark', filter: {} }]),
      liftAgain: step('lift'),
      makeDueAgain: step('make due'),
      unpark: () => Promise.reject(new Error('not asked')),
      forget: () => Promise.reject(new Error('not asked')),
    },
    holds: { put: step('put'), list: () => Promise.resolve([]) },
    gateways: new Map([['shop', gateway]]),
    unparks,
    jobs: [],
    clock: fakeClock(),
    fence: 1,
  });
  expect(steps).toEqual(['lift', 'forget holds in memory', 'make due', 'tell']);
});
