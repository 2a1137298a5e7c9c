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
      logLevel: 'info',
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

  it('refuses a config without platforms, and a file without a config', () => {
    expect(messageOf(() => parse({ platforms: {} }))).toContain('platforms: expected at least one platform');
    expect(messageOf(() => parse({ platforms: undefined }))).toContain('platforms: expected record, got nothing');
    expect(messageOf(() => parseConfig(undefined, FILE))).toContain(
      'expected a default export made by defineConfig(), got nothing',
    );
  });
});
