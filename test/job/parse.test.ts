import { z } from 'zod';
import { OffpeakError } from '../../src/errors';
import { defineJob, type JobDefinition } from '../../src/job/definition';
import { type Job, type JobChecks, parseJob } from '../../src/job/parse';
import { PARTITIONS_MAX, REGISTERED_MAX } from '../../src/job/partition';
import { jsonl, upsert } from '../../src/job/sink';

const checks: JobChecks = { file: 'jobs/x.ts', platforms: ['kuaishou', 'yida'], checkSchedule: () => [] };

function definition(changes: object = {}): JobDefinition {
  const whole = defineJob({
    name: 'orders',
    platform: 'kuaishou',
    cursor: z.object({ page: z.string() }),
    initial: () => ({ page: '' }),
    async *pages() {
      yield await Promise.resolve({ records: [], cursor: { page: 'x' } });
    },
    sink: upsert('orders', { key: 'oid' }),
  });
  return { ...whole, ...changes } as unknown as JobDefinition;
}

function parse(changes: object = {}, changedChecks: Partial<JobChecks> = {}): Job {
  return parseJob(definition(changes), { ...checks, ...changedChecks });
}

function faultsOf(run: () => unknown): string[] {
  try {
    run();
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(OffpeakError);
    expect((thrown as OffpeakError).code).toBe('JOB_INVALID');
    return (thrown as OffpeakError).message.split('\n');
  }
  return [];
}

describe('a job definition', () => {
  it('becomes a job with nothing left out', async () => {
    const job = parse();
    expect(job).toMatchObject({
      name: 'orders',
      platform: 'kuaishou',
      schedule: null,
      partitionsInFlight: null,
      file: 'jobs/x.ts',
      sink: { kind: 'upsert', table: 'orders', key: ['oid'] },
    });
    expect(await listed(job)).toEqual([[{ key: 'all', scope: {} }]]);
    expect(job.initial({ nowMs: 0, partition: { key: 'all', scope: {} } })).toEqual({ page: '' });
  });

  it('keeps its schedule, sinks of every kind and its own limit', () => {
    const schedule = { cron: '0 3 * * *', timezone: 'Asia/Shanghai', windows: ['01:00-06:00'] };
    expect(parse({ schedule, partitionsInFlight: 2 })).toMatchObject({ schedule, partitionsInFlight: 2 });
    expect(parse({ sink: jsonl('out') }).sink).toEqual({ kind: 'jsonl', directory: 'out' });
    expect(typeof parse({ sink: () => undefined }).sink).toBe('function');
  });

  it('may say how it shares the quota, with a cap that is not below its reserve', () => {
    expect(parse().quota).toBeNull();
    expect(parse({ quota: { reserve: 200 } }).quota).toEqual({ reserve: 200, weight: 1, cap: null });
    expect(parse({ quota: { weight: 3, cap: 50 } }).quota).toEqual({ reserve: 0, weight: 3, cap: 50 });
    expect(faultsOf(() => parse({ quota: { reserve: 200, cap: 100 } }))).toEqual([
      'jobs/x.ts quota.reserve: expected at most the cap of 100, got 200',
    ]);
    expect(faultsOf(() => parse({ quota: { reserved: 200, weight: 0 } }))).toHaveLength(2);
  });

  it('may run by an interval, which is in UTC when it names no zone', () => {
    expect(parse({ schedule: { every: '6h', phase: 'H' } }).schedule).toEqual({
      every: '6h',
      phase: 'H',
      timezone: 'UTC',
      onBlackout: 'shift',
      onWindowEnd: 'drain',
    });
    const asked = { cron: '0 3 13 * fri', timezone: 'Asia/Shanghai', dayMatch: 'both' };
    expect(parse({ schedule: asked }).schedule).toMatchObject(asked);
  });

  it('may say what a run takes', () => {
    expect(parse({ estimate: { calls: 9_000, duration: '20m' } }).estimate).toEqual({
      calls: 9_000,
      durationMs: 1_200_000,
    });
    expect(parse({ estimate: { calls: 9_000 } }).estimate).toEqual({ calls: 9_000, durationMs: null });
    expect(parse().estimate).toBeNull();
    expect(faultsOf(() => parse({ estimate: { calls: 0, duration: 'an hour' } }))).toEqual([
      'jobs/x.ts estimate.calls: expected at least 1, got 0',
      'jobs/x.ts estimate.duration: expected a duration from "1s" to "31d", such as "20m", got "an hour"',
    ]);
  });

  it('has an interval or a cron expression, with the keys that belong to it', () => {
    expect(faultsOf(() => parse({ schedule: { every: '6h', cron: '0 3 * * *' } }))).toEqual([
      expect.stringMatching(/^jobs\/x.ts schedule: unknown key "cron"; known: every, phase, timezone, windows/),
    ]);
    expect(faultsOf(() => parse({ schedule: { cron: '0 3 * * *', timezone: 'UTC', dayMatch: 'or' } }))).toEqual([
      'jobs/x.ts schedule.dayMatch: expected "both" or "either", got "or"',
    ]);
    expect(faultsOf(() => parse({ schedule: '0 3 * * *' }))).toEqual([
      'jobs/x.ts schedule: expected object, got "0 3 * * *"',
    ]);
  });

  it('says what becomes of slots that overlap or were missed', () => {
    const every = { every: '6h', timezone: 'UTC' };
    const schedule = { ...every, overlap: 'queue-one', catchUp: { policy: 'all', window: '7d', max: 20 } };
    expect(parse({ schedule }).schedule).toMatchObject(schedule);
    expect(faultsOf(() => parse({ schedule: { ...every, overlap: 'queue', catchUp: 'newest' } }))).toEqual([
      'jobs/x.ts schedule.overlap: expected "skip" or "queue-one" or "queue-all" or "cancel", got "queue"',
      'jobs/x.ts schedule.catchUp: expected "latest" or "all" or "skip", got "newest"',
    ]);
    const catchUp = { policy: 'every', max: 0, includePaused: 'yes', windows: '1d' };
    expect(faultsOf(() => parse({ schedule: { ...every, catchUp } }))).toEqual([
      'jobs/x.ts schedule.catchUp.policy: expected "latest" or "all" or "skip", got "every"',
      'jobs/x.ts schedule.catchUp.max: expected at least 1, got 0',
      'jobs/x.ts schedule.catchUp.includePaused: expected boolean, got "yes"',
      'jobs/x.ts schedule.catchUp: unknown key "windows", did you mean "window"?',
    ]);
  });

  it('takes the cursor schema of another copy of zod', () => {
    const cursor = { safeParse: (value: unknown) => ({ success: true, data: value }) };
    expect(parse({ cursor }).cursor).toBe(cursor);
  });

  it('lists everything that is wrong at once, each with what was expected and got', () => {
    const changes = {
      name: 'Orders!',
      platform: 'kuaisho',
      schedule: { cron: 5, timezon: 'UTC' },
      cursor: {},
      pages: undefined,
      sink: { kind: 'upsert', table: 'Orders', key: [] },
      partitionsInFlight: 0,
      partitionInFlight: 3,
    };
    expect(faultsOf(() => parse(changes))).toEqual([
      'jobs/x.ts name: expected 1 to 64 lower-case letters, digits and "-", a letter or digit first, got "Orders!"',
      'jobs/x.ts platform: expected a name under platforms in the config file, got "kuaisho", did you mean "kuaishou"?',
      'jobs/x.ts schedule.cron: expected string, got 5',
      'jobs/x.ts schedule.timezone: expected string, got nothing',
      'jobs/x.ts schedule: unknown key "timezon", did you mean "timezone"?',
      'jobs/x.ts cursor: expected a zod schema, got an empty object',
      'jobs/x.ts pages: expected a function, got nothing',
      'jobs/x.ts sink.table: expected 1 to 48 lower-case letters, digits and "_", a letter first, not offpeak_ or sqlite_, got "Orders"',
      'jobs/x.ts sink.key: expected at least 1 in the list, got an empty list',
      'jobs/x.ts partitionsInFlight: expected at least 1, got 0',
      'jobs/x.ts: unknown key "partitionInFlight", did you mean "partitionsInFlight"?',
    ]);
  });

  it('has its schedule checked beside everything else', () => {
    const checkSchedule = jest.fn(() => [{ path: 'windows[0]', message: 'expected "HH:mm-HH:mm", got "1-6"' }]);
    const schedule = { cron: '0 3 * * *', timezone: 'UTC', windows: ['1-6'] };
    expect(faultsOf(() => parse({ schedule, platform: 'nowhere' }, { checkSchedule }))).toEqual([
      'jobs/x.ts platform: expected a name under platforms in the config file, got "nowhere"; known: kuaishou, yida',
      'jobs/x.ts schedule.windows[0]: expected "HH:mm-HH:mm", got "1-6"',
    ]);
    expect(checkSchedule).toHaveBeenCalledWith(schedule, 'orders');
  });

  it.each(['offpeak_orders', 'sqlite_orders', '1orders', 'Orders', 'o'.repeat(49)])(
    'may not use the table %s',
    (table) => {
      expect(faultsOf(() => parse({ sink: upsert(table, { key: 'oid' }) }))).toHaveLength(1);
    },
  );

  it.each([
    [undefined, 'nothing'],
    [5, '5'],
    [null, 'null'],
  ])('is expected as the default export, not %p', (value, got) => {
    expect(faultsOf(() => parseJob(value, checks))).toEqual([
      `jobs/x.ts: expected a default export made by defineJob(), got ${got}`,
    ]);
  });
});

describe('the partitions of a job', () => {
  const partitionsOf = (value: unknown): Promise<unknown> => listed(parse({ partitions: () => value }));

  it('are those that its function gives for the instant, with a scope', async () => {
    const job = parse({
      partitions: ({ nowMs }: { nowMs: number }) => [{ key: String(nowMs) }, { key: 'b', scope: { user: '1' } }],
    });
    const batch = [
      { key: '7', scope: {} },
      { key: 'b', scope: { user: '1' } },
    ];
    expect(await listed(job)).toEqual([batch]);
  });

  it('may come from a generator, which is read no further than the batch that is taken', async () => {
    let made = 0;
    const job = parse({
      partitions: async function* () {
        for (; made < 1_000_000; made += 1) yield await Promise.resolve({ key: String(made) });
      },
    });
    for await (const batch of job.partitions({ nowMs: 7 })) {
      expect(batch).toHaveLength(REGISTERED_MAX);
      break;
    }
    expect(made).toBe(REGISTERED_MAX - 1);
  });

  it.each([
    [undefined, 'jobs/x.ts partitions: expected array, got nothing'],
    ['abc', 'jobs/x.ts partitions: expected array, got "abc"'],
    [[{ key: '' }], 'jobs/x.ts partitions [0].key: expected at least 1 characters, got ""'],
    [[{ key: 5 }], 'jobs/x.ts partitions [0].key: expected string, got 5'],
    [[{ key: 'a\ud83d' }], 'jobs/x.ts partitions [0].key: must not hold half of a character'],
  ])('are refused when they are %j', async (value, message) => {
    await expect(partitionsOf(value)).rejects.toThrow(message);
  });

  it('are named by their place in the whole list when one is refused', async () => {
    const keys = Array.from({ length: REGISTERED_MAX + 5 }, (_, at) => ({
      key: at === REGISTERED_MAX + 2 ? '' : `${at}`,
    }));
    await expect(partitionsOf(keys)).rejects.toThrow('partitions [1002].key: expected at least 1 characters');
  });

  it('are refused when they are more than a run can have', async () => {
    function* tooMany() {
      for (let at = 0; at <= PARTITIONS_MAX; at += 1) yield { key: 'k' };
    }
    await expect(partitionsOf(tooMany())).rejects.toThrow(`expected at most ${PARTITIONS_MAX}, got more`);
  });
});

async function listed(job: Job): Promise<unknown[]> {
  const batches: unknown[] = [];
  for await (const batch of job.partitions({ nowMs: 7 })) if (batches.length < 3) batches.push(batch);
  return batches;
}
