import { LEASE_TTL_MS } from '../../src/job/lease';
import { HeldLease } from '../../src/run/held-lease';
import { fakeClock } from '../fake-clock';

function setup(isOurs = true) {
  const clock = fakeClock();
  let renewals = 0;
  const leases = {
    renew: () => {
      renewals += 1;
      return Promise.resolve(isOurs);
    },
  };
  return { clock, lease: new HeldLease({ leases, clock, fence: 7 }), renewals: () => renewals };
}

describe('the lease as its holder knows it', () => {
  it('is sure for as long as it lasts, and again once it was renewed', async () => {
    const { clock, lease } = setup();
    await clock.advance(LEASE_TTL_MS - 1);
    expect(lease.isSure).toBe(true);
    await clock.advance(1);
    expect(lease.isSure).toBe(false);
    await lease.confirm();
    expect(lease.isSure).toBe(true);
  });

  it('is not sure after a sleep of the machine, which the monotonic clock does not count', () => {
    const { clock, lease } = setup();
    clock.step(LEASE_TTL_MS);
    expect(lease.ageMs).toBe(0);
    expect(lease.isSure).toBe(false);
  });

  it('is asked for once by all calls that want to know', async () => {
    const { lease, renewals } = setup();
    await Promise.all([lease.confirm(), lease.confirm(), lease.renew()]);
    expect(renewals()).toBe(1);
  });

  it('that another process took is said to be lost', async () => {
    const { lease } = setup(false);
    await expect(lease.confirm()).rejects.toMatchObject({ code: 'FENCED' });
  });
});
