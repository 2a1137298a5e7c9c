import { type ConfigDefinition, defineConfig, parseConfig } from '../src/config';
import type { Platform } from '../src/platform/platform';

const FILE = 'offpeak.config.ts';

function platform(): Platform {
  return {
    vendor: 'test',
    origins: ['https://api.example.com'],
    day: { kind: 'civil', at: '00:00', timezone: 'Asia/Shanghai' },
    resetGuardMs: 0,
    budgets: [],
    secrets: [],
    tokens: null,
    scope: ({ scope }) => scope,
    request: () => ({ method: 'GET', url: 'https://api.example.com', headers: {}, body: null }),
    classify: () => ({ kind: 'ok', body: null }),
  };
}

function parse(changes: object = {}): ReturnType<typeof parseConfig> {
  return parseConfig({ platforms: { shop: platform() }, ...changes }, FILE);
}

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'CONFIG_INVALID' });
    return (thrown as Error).message;
  }
  return '';
}

describe('the config', () => {
  it('needs platforms only; everything else has a default', () => {
    const shop = platform();
    const parsed = parseConfig(defineConfig({ platforms: { shop } }), FILE);
    expect(parsed).toEqual({
      store: 'data/offpeak.db',
      jobs: 'jobs',
      platforms: { shop },
      partitionsInFlight: 8,
      jobsInFlight: 4,
      shutdownTimeoutMs: 20_000,
      replyBytesMax: 33_554_432,
      diskFreeBytesMin: 67_108_864,
      remoteDisk: 'refuse',
      logLevel: 'info',
      hours: null,
      platformHours: {},
      network: { allow: [] },
    });
    expect(parsed.platforms['shop']).toBe(shop);
  });

  it('keeps what it says', () => {
    const said: Omit<ConfigDefinition, 'platforms'> = {
      store: '/var/lib/offpeak.db',
      jobs: 'syncs',
      partitionsInFlight: 1_000,
      jobsInFlight: 1,
      shutdownTimeoutMs: 0,
      replyBytesMax: 1_024,
      logLevel: 'debug',
      network: { allow: ['10.0.0.0/8', 'apig.internal'] },
    };
    expect(parse(said)).toMatchObject(said);
  });

  it('lists everything that is wrong at once', () => {
    const changes = {
      partitionInFlight: 1,
      store: '',
      jobsInFlight: 2.5,
      partitionsInFlight: 1_001,
      logLevel: 'trace',
    };
    expect(messageOf(() => parse(changes)).split('\n')).toEqual([
      'offpeak.config.ts store: expected at least 1 characters, got ""',
      'offpeak.config.ts partitionsInFlight: expected at most 1000, got 1001',
      'offpeak.config.ts jobsInFlight: expected int, got 2.5',
      'offpeak.config.ts logLevel: expected "debug" or "info" or "warn" or "error" or "silent", got "trace"',
      'offpeak.config.ts: unknown key "partitionInFlight", did you mean "partitionsInFlight"?',
    ]);
  });

  it.each([
    ['hunter2-hunter2', 'text'],
    [{ appKey: 'hunter2-hunter2', appSecret: 'hunter2-hunter2' }, 'an object with the keys appKey, appSecret'],
    [null, 'null'],
    [{ ...platform(), classify: undefined }, 'an object with the keys vendor, origins'],
  ])('refuses what is no platform, and shows no value of it: %#', (value, got) => {
    const message = messageOf(() => parse({ platforms: { shop: value } }));
    expect(message).toContain(
      `offpeak.config.ts platforms.shop: expected a platform made by a function such as kuaishou() or yida(), got ${got}`,
    );
    expect(message).not.toContain('hunter2');
  });

  it.each(['Shop', '1shop', 'shop_1', '', 's'.repeat(33)])('refuses the platform name "%s"', (name) => {
    expect(messageOf(() => parse({ platforms: { [name]: platform() } }))).toContain(
      `expected a letter, then at most 31 letters, digits and "-", all lower case, got the name "${name}"`,
    );
  });

  it.each([
    [{ allow: ['10.0.0.0/8', 'https://apig.internal'] }, 'network.allow[1]: expected an address, a network such as'],
    [{ allow: Array.from({ length: 101 }, () => '10.0.0.1') }, 'network.allow: expected at most 100'],
    [{ allowed: [] }, 'network: unknown key "allowed"; known: allow'],
  ])('refuses a network that is none: %#', (network, message) => {
    expect(messageOf(() => parse({ network }))).toContain(message);
  });

  it('refuses a config without platforms, and a file without a config', () => {
    expect(messageOf(() => parse({ platforms: {} }))).toContain('platforms: expected at least one platform');
    expect(messageOf(() => parse({ platforms: undefined }))).toContain('platforms: expected record, got nothing');
    expect(messageOf(() => parseConfig(undefined, FILE))).toContain(
      'expected a default export made by defineConfig(), got nothing',
    );
  });
});

describe('the hours of a config', () => {
  const night = { timezone: 'Asia/Shanghai', windows: ['22:00-07:00'] };

  it('are read for all jobs and by platform', () => {
    const blackouts = [{ dates: ['2026-11-11'], reason: 'Double 11' }];
    const { hours, platformHours } = parse({ hours: night, platformHours: { shop: { timezone: 'UTC', blackouts } } });
    expect(hours).toMatchObject({ owner: { level: 'global' }, windows: [{ text: '22:00-07:00' }] });
    expect(platformHours['shop']).toMatchObject({
      owner: { level: 'platform', platform: 'shop' },
      blackouts: [{ text: '2026-11-11', reason: 'Double 11' }],
    });
  });

  it('are checked, all faults at once', () => {
    const changes = {
      hours: {
        timezone: 'Asia/Peking',
        windows: ['monday 1-6', { hours: '01:00-06:00', day: 'mon' }, 5],
        blackouts: [{ dates: ['2026-02-30'] }],
      },
      platformHours: {
        shopp: night,
        shop: { timezone: 'CST', peaks: ['fri-mom 08:00-09:00'], blackouts: [{ reason: 'why' }] },
      },
    };
    expect(messageOf(() => parse(changes)).split('\n')).toEqual([
      'offpeak.config.ts hours.windows[1]: unknown key "day", did you mean "days"?',
      'offpeak.config.ts hours.windows[2]: expected object, got 5',
      'offpeak.config.ts hours.blackouts[0].reason: expected string, got nothing',
      'offpeak.config.ts platformHours.shop.timezone: expected an IANA zone such as "Asia/Shanghai", got "CST", did you mean "Asia/Shanghai" or "America/Chicago"?',
      'offpeak.config.ts platformHours.shop.blackouts[0]: expected at least one of hours, days and dates, got none of them',
      'offpeak.config.ts platformHours.shop.peaks[0]: expected weekdays such as "mon", "mon-fri" or "sat,sun", got "fri-mom", did you mean "mon"?',
      'offpeak.config.ts platformHours: unknown key "shopp", did you mean "shop"?',
    ]);
    const shapely = {
      timezone: 'Asia/Peking',
      windows: ['monday 1-6'],
      blackouts: [{ dates: ['2026-02-30'], reason: 'x' }],
    };
    expect(messageOf(() => parse({ hours: shapely })).split('\n')).toEqual([
      'offpeak.config.ts hours.timezone: expected an IANA zone such as "Asia/Shanghai", got "Asia/Peking", did you mean "Asia/Shanghai"?',
      'offpeak.config.ts hours.windows[0]: expected "HH:mm-HH:mm", got "1-6"',
      'offpeak.config.ts hours.windows[0]: expected weekdays such as "mon", "mon-fri" or "sat,sun", got "monday", did you mean "mon"?',
      'offpeak.config.ts hours.blackouts[0].dates[0]: expected "YYYY-MM-DD" or "YYYY-MM-DD/YYYY-MM-DD" with days that exist, got "2026-02-30"',
    ]);
  });

  it('open some time', () => {
    const hours = { ...night, blackouts: [{ hours: '21:00-08:00', reason: 'why' }] };
    expect(messageOf(() => parse({ hours }))).toContain(
      'hours.blackouts: expected to leave the windows open at some time of the week, got blackouts that cover all of it',
    );
  });

  it('have a zone, and windows that say something', () => {
    expect(messageOf(() => parse({ hours: { windows: [] } })).split('\n')).toEqual([
      'offpeak.config.ts hours.timezone: expected string, got nothing',
      'offpeak.config.ts hours.windows: expected at least 1 in the list, got an empty list',
    ]);
  });
});
