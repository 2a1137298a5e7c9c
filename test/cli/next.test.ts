import { makeProject, ordersJob, removeAll } from './project';

afterAll(removeAll);

const SCHEDULE = "{ cron: 'H H(1-5) * * *', timezone: 'Asia/Shanghai', windows: ['03:00-06:00'] }";

interface NextDocument {
  readonly job: string | null;
  readonly resolved: string;
  readonly slots: readonly { at: string; startsAt?: string }[];
}

describe('offpeak next', () => {
  test.concurrent('shows the slots of any expression, in a folder that is no project', async () => {
    const { offpeak, json } = await makeProject({ config: 'this is no config file' });
    const args = ['next', '--cron', '30 2 * * *', '--timezone', 'Europe/Berlin', '--from', '2026-03-28', '-n', '3'];
    expect((await json<NextDocument>([...args, '--json'])).slots.map(({ at }) => at)).toEqual([
      '2026-03-28T02:30:00+01:00',
      '2026-03-29T03:00:00+02:00',
      '2026-03-30T02:30:00+02:00',
    ]);
    const { stdout, stderr } = await offpeak(args);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^30 2 \* \* \* {2}in {2}Europe\/Berlin\n/);
    expect(stdout).toMatch(/\n2026-03-29T03:00:00\+02:00 {2}the clocks skip its time/);
  });

  test.concurrent('resolves H for the name that is given, and says for whom when none is', async () => {
    const { offpeak, json } = await makeProject();
    const args = ['next', '--cron', 'H H(1-5) * * *', '--from', '2026-01-01'];
    const named = await json<NextDocument>([...args, '--as', 'kuaishou-orders', '--json']);
    expect(named).toMatchObject({
      job: null,
      resolved: '25 1 * * *',
      slots: [{ at: '2026-01-01T01:25:00Z' }, {}, {}, {}, {}],
    });
    expect((await offpeak(args)).stderr).toContain('H is resolved for a job named "example"');
  });

  test.concurrent('shows intervals', async () => {
    const { json } = await makeProject();
    const args = ['next', '--every', '6h', '--phase', '10m', '--from', '2026-01-01T00:10Z', '-n', '1'];
    expect(await json<NextDocument>([...args, '--json'])).toMatchObject({
      resolved: 'every 6 h of UTC, 10 min into it',
      slots: [{ at: '2026-01-01T06:10:00Z' }],
    });
  });

  test.concurrent('shows the slots of a job, and when its windows let it start', async () => {
    const { offpeak, json } = await makeProject({ jobs: { 'orders.ts': ordersJob({ schedule: SCHEDULE }) } });
    const args = ['next', 'orders', '-n', '20', '--from', '2026-01-01'];
    const { job, resolved, slots } = await json<NextDocument>([...args, '--json']);
    expect(job).toBe('orders');
    expect(resolved).toMatch(/^\d+ [1-5] \* \* \*$/);
    expect(slots).toHaveLength(20);
    for (const { at, startsAt } of slots) {
      expect(startsAt).toBe(at < `${at.slice(0, 10)}T03` ? `${at.slice(0, 10)}T03:00:00+08:00` : at);
    }
    const { stdout } = await offpeak(args);
    expect(stdout).toMatch(/^H H\(1-5\) .* is {2}\d+ [1-5] .*\nslot +starts/);
    expect(stdout).toMatch(/T03:00:00\+08:00 {2}outside the windows of the job \(03:00-06:00\)/);
  });

  test.concurrent('shows what the hours of the config file make of it, and why', async () => {
    const blackouts = "blackouts: [{ dates: ['2026-11-10/2026-11-11'], reason: 'Double 11 freeze' }]";
    const { offpeak, json } = await makeProject({
      config: { more: `platformHours: { shop: { timezone: 'Asia/Shanghai', ${blackouts} } },` },
      jobs: { 'orders.ts': ordersJob({ schedule: "{ cron: '30 3 * * *', timezone: 'Asia/Shanghai' }" }) },
    });
    const args = ['next', 'orders', '-n', '2', '--from', '2026-11-09T12:00'];
    const until = Date.parse('2026-11-12T00:00+08:00');
    expect(await json<NextDocument>([...args, '--json'])).toMatchObject({
      slots: [
        { startsAtMs: until, closures: [{ kind: 'blackout', reason: 'Double 11 freeze', untilMs: until }] },
        { startsAtMs: until },
      ],
    });
    expect((await offpeak(args)).stdout).toContain(
      '2026-11-12T00:00:00+08:00  blackout of platform shop: Double 11 freeze',
    );
  });

  test.concurrent('refuses a job whose hours never open together with those of the config file', async () => {
    const { offpeak } = await makeProject({
      config: { more: "hours: { timezone: 'Asia/Shanghai', windows: ['22:00-02:00'] }," },
      jobs: { 'orders.ts': ordersJob({ schedule: SCHEDULE }) },
    });
    const { code, stderr } = await offpeak(['jobs']);
    expect(code).toBe(2);
    expect(stderr).toContain('jobs/orders.ts schedule: expected hours that open at some time, got none');
  });

  test.concurrent.each([
    [[], 'expected a job, --cron or --every, got none of them'],
    [['orders', '--cron', '0 3 * * *'], 'expected a job, --cron or --every, got more than one'],
    [['orders'], 'job orders has no schedule: it runs by hand only'],
    [['order'], 'there is no job "order", did you mean "orders"?'],
    [['--cron', '0 0 31 2 *'], '--cron: day of month: expected a day that month 2 has ("L" is the last), got "31"'],
    [
      ['--cron', '0 3 * * *', '--timezone', 'CST'],
      '--timezone: expected an IANA zone such as "Asia/Shanghai", got "CST"',
    ],
    [['--cron', '0 3 * * *', '--from', 'soon'], '--from: expected an ISO 8601 instant such as'],
    [['--cron', '0 3 1 * 1', '--day-match', 'or'], '--day-match: expected both or either, got "or"'],
    [['--cron', '0 3 * * *', '--phase', '5m'], '--phase belongs to --every'],
    [['--every', '6h', '-n', '99999'], '--count: expected at most 10000, got 99999'],
    [['--every', '90s'], '--every: expected whole minutes from "1m" to "366d", such as "6h", got "90s"'],
  ])('refuses %j', async (...[args, message]) => {
    const { offpeak } = await makeProject();
    const { code, stdout, stderr } = await offpeak(['next', ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});
