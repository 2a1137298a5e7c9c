import fc from 'fast-check';
import type { RateReading } from '../../src/job/reading';
import { readRateHeaders } from '../../src/platform/rate-headers';
import { NOW_MS } from './setup';

const NOW_S = NOW_MS / 1_000;

type Headers = Record<string, string>;

function reading(parts: Partial<RateReading>): RateReading {
  return { limit: null, remaining: null, windowMs: null, resetInMs: null, ...parts };
}

const read = (headers: Headers): RateReading[] => readRateHeaders(headers, NOW_MS);

describe('the fields of the draft', () => {
  it('tell what is left of which policy', () => {
    const headers = { ratelimit: '"default";r=50;t=30', 'ratelimit-policy': '"default";q=100;w=60' };
    expect(read(headers)).toEqual([
      { limit: 100, remaining: 50, windowMs: 60_000, resetInMs: 30_000, name: 'default' },
    ]);
  });

  it('may state what is left alone', () => {
    expect(read({ ratelimit: '"default";r=50;t=30' })).toEqual([
      reading({ remaining: 50, resetInMs: 30_000, name: 'default' }),
    ]);
  });

  it('may state policies alone', () => {
    expect(read({ 'ratelimit-policy': '"burst";q=100;w=60,"daily";q=1000;w=86400' })).toEqual([
      reading({ limit: 100, windowMs: 60_000, name: 'burst' }),
      reading({ limit: 1_000, windowMs: 86_400_000, name: 'daily' }),
    ]);
  });

  it('may tell of several, in units of their own', () => {
    const headers = {
      ratelimit: '"day" ; r=0 ; t=3600 ; pk=:cHsdsRa894==:, "bytes";r=7',
      'ratelimit-policy': '"bytes";q=9;w=1;qu="content-bytes", "day";q=5000;w=86400;qu="requests"',
    };
    expect(read(headers)).toEqual([
      { limit: 5_000, remaining: 0, windowMs: 86_400_000, resetInMs: 3_600_000, name: 'day' },
      { limit: 9, remaining: 7, windowMs: 1_000, resetInMs: null, unit: 'content-bytes', name: 'bytes' },
    ]);
  });

  it('may quote commas, semicolons and quotes in a name', () => {
    expect(read({ ratelimit: '"a,b;r=1\\"";r=2' })).toEqual([reading({ remaining: 2, name: 'a,b;r=1"' })]);
  });

  it.each([
    '"default',
    '"default";r=50,',
    '"default";r=50 t=30',
    'default=',
    ';r=1',
    '"d";r=-1',
    '"d";r=many',
    '"d";t=5',
  ])('say nothing where they are malformed: %s', (ratelimit) => {
    expect(read({ ratelimit }).filter(({ remaining }) => remaining !== 50)).toEqual([]);
  });
});

describe('the older forms', () => {
  it.each<[string, Headers, Partial<RateReading>]>([
    [
      'three headers of the draft',
      { 'ratelimit-limit': '100', 'ratelimit-remaining': '50', 'ratelimit-reset': '30' },
      { limit: 100, remaining: 50, resetInMs: 30_000 },
    ],
    [
      'three headers with a policy behind the limit',
      { 'ratelimit-limit': '10, 10;w=1, 50;w=60', 'ratelimit-remaining': '5' },
      { limit: 10, remaining: 5, windowMs: 1_000 },
    ],
    [
      'three headers with the policy beside them',
      { 'ratelimit-limit': '50', 'ratelimit-policy': '10;w=1, 50;w=60' },
      { limit: 50, windowMs: 60_000 },
    ],
    [
      'one line',
      { ratelimit: 'limit=100, remaining=50, reset=50', 'ratelimit-policy': '100;w=60' },
      { limit: 100, remaining: 50, windowMs: 60_000, resetInMs: 50_000 },
    ],
    [
      'an instant where the draft says seconds from now',
      { 'ratelimit-limit': '5', 'ratelimit-reset': String(NOW_S + 7) },
      { limit: 5, resetInMs: 7_000 },
    ],
    [
      'an instant in seconds',
      { 'x-ratelimit-limit': '5000', 'x-ratelimit-remaining': '4999', 'x-ratelimit-reset': String(NOW_S + 60) },
      { limit: 5_000, remaining: 4_999, resetInMs: 60_000 },
    ],
    [
      'an instant in milliseconds',
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW_MS + 1_500) },
      { remaining: 0, resetInMs: 1_500 },
    ],
    [
      'an instant that is past',
      { 'x-ratelimit-remaining': '9', 'x-ratelimit-reset': String(NOW_S - 60) },
      { remaining: 9, resetInMs: 0 },
    ],
    [
      'seconds from now',
      { 'x-ratelimit-remaining': '9', 'x-ratelimit-reset': '2.5' },
      { remaining: 9, resetInMs: 2_500 },
    ],
    [
      'an instant in words',
      { 'x-rate-limit-limit': '9', 'x-rate-limit-reset': '2026-03-01T02:00:10Z' },
      { limit: 9, resetInMs: 10_000 },
    ],
    [
      'a date',
      { 'ratelimit-limit': '5', 'ratelimit-reset': 'Sun, 01 Mar 2026 02:00:07 GMT' },
      { limit: 5, resetInMs: 7_000 },
    ],
    ['a limit with decimals', { 'x-ratelimit-limit': '300.0' }, { limit: 300 }],
  ])('tell the same as %s', (_, headers, want) => {
    expect(read(headers)).toEqual([reading(want)]);
  });

  it('give way to a newer one in the same reply', () => {
    const headers = {
      ratelimit: '"default";r=50;t=30',
      'ratelimit-limit': '100',
      'ratelimit-remaining': '50',
      'x-ratelimit-limit': '100',
    };
    expect(read(headers)).toEqual([reading({ remaining: 50, resetInMs: 30_000, name: 'default' })]);
  });
});

describe('limits in units of their own', () => {
  it('are read as Anthropic writes them', () => {
    const headers = {
      'anthropic-ratelimit-requests-limit': '50',
      'anthropic-ratelimit-requests-remaining': '49',
      'anthropic-ratelimit-requests-reset': '2026-03-01T02:00:30Z',
      'anthropic-ratelimit-input-tokens-limit': '40000',
      'anthropic-ratelimit-input-tokens-remaining': '0',
      'anthropic-ratelimit-input-tokens-reset': '2026-03-01T02:01:00Z',
      'anthropic-priority-output-tokens-limit': '900',
      'anthropic-priority-output-tokens-remaining': '880',
    };
    expect(read(headers)).toEqual([
      reading({ limit: 50, remaining: 49, resetInMs: 30_000 }),
      reading({ limit: 40_000, remaining: 0, resetInMs: 60_000, unit: 'input-tokens' }),
      reading({ limit: 900, remaining: 880, unit: 'output-tokens', name: 'priority' }),
    ]);
  });

  it('are read of a project beside those of the organization', () => {
    const headers = { 'x-ratelimit-remaining-project-tokens': '12', 'x-ratelimit-limit-tokens': '90' };
    expect(read(headers)).toEqual([
      reading({ limit: 90, unit: 'tokens' }),
      reading({ remaining: 12, unit: 'tokens', name: 'project' }),
    ]);
  });
});

describe('the limits of requests and tokens', () => {
  it.each([
    ['6m0s', 360_000],
    ['1s', 1_000],
    ['41ms', 41],
    ['5h50m30ms', 5 * 3_600_000 + 50 * 60_000 + 30],
    ['1.58s', 1_580],
    ['250µs', 1],
    ['20', 20_000],
    ['soon', null],
    ['6m0', null],
    ['', null],
  ])('are each read, with a reset of %s', (reset, resetInMs) => {
    const headers = {
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '59',
      'x-ratelimit-reset-requests': reset,
      'x-ratelimit-limit-tokens': '150000',
      'x-ratelimit-remaining-tokens': '149984',
      'x-ratelimit-reset-tokens': reset,
    };
    expect(read(headers)).toEqual([
      reading({ limit: 60, remaining: 59, resetInMs }),
      reading({ limit: 150_000, remaining: 149_984, resetInMs, unit: 'tokens' }),
    ]);
  });
});

describe('the limits of several windows', () => {
  it('are each read, with the window in their names', () => {
    const headers = {
      'x-ratelimit-limit': '5000',
      'x-ratelimit-remaining': '4998',
      'x-ratelimit-reset': String(NOW_MS + 3_600_000),
      'x-ratelimit-minutely-limit': '60',
      'x-ratelimit-minutely-remaining': '0',
      'x-ratelimit-minutely-reset': String(NOW_MS + 20_000),
    };
    expect(read(headers)).toEqual([
      reading({ limit: 5_000, remaining: 4_998, resetInMs: 3_600_000 }),
      reading({ limit: 60, remaining: 0, windowMs: 60_000, resetInMs: 20_000 }),
    ]);
  });

  it('are read too where the window comes last', () => {
    expect(read({ 'x-ratelimit-limit-hour': '100', 'x-ratelimit-remaining-hour': '7' })).toEqual([
      reading({ limit: 100, remaining: 7, windowMs: 3_600_000 }),
    ]);
  });
});

describe('the headers of Huawei APIG', () => {
  it('are read in either spelling, each with whose limit it is', () => {
    const headers = {
      'x-apig-ratelimit-api': 'remain:99,limit:100,time:1 minute',
      'x-apig-ratelimit-api-allenv': 'Remain:14999,Limit:15000,Time:1 Second',
      'x-apig-ratelimit-user': 'remain:9, limit:10, time:10 second',
      'x-apig-ratelimit-app': 'remain:0,limit:5000,time:2 day',
    };
    expect(read(headers)).toEqual([
      reading({ limit: 100, remaining: 99, windowMs: 60_000, name: 'api' }),
      reading({ limit: 15_000, remaining: 14_999, windowMs: 1_000, name: 'api-allenv' }),
      reading({ limit: 10, remaining: 9, windowMs: 10_000, name: 'user' }),
      reading({ limit: 5_000, remaining: 0, windowMs: 2 * 86_400_000, name: 'app' }),
    ]);
  });
});

describe('headers that cannot be read', () => {
  it.each<[string, Headers]>([
    ['none', {}],
    ['others', { date: 'now', 'retry-after': '5' }],
    ['a reset alone', { 'x-ratelimit-reset': '30' }],
    ['a limit of nought', { 'x-ratelimit-limit': '0' }],
    ['no limit', { 'x-ratelimit-limit': '-1', 'x-ratelimit-remaining': 'unlimited' }],
    ['numbers of another kind', { 'x-ratelimit-limit': '1e3', 'x-ratelimit-remaining': '0x10' }],
    ['more digits than a number holds', { 'x-ratelimit-limit': '9'.repeat(16) }],
    ['a gateway that says nothing', { 'x-apig-ratelimit-api': 'remain:,limit:,time:' }],
  ])('give no reading: %s', (_, headers) => {
    expect(read(headers)).toEqual([]);
  });

  it('leave out a reset that is out of reach', () => {
    expect(read({ 'x-ratelimit-limit': '5', 'x-ratelimit-reset': '999999999' })).toEqual([reading({ limit: 5 })]);
  });

  const NAMES = [
    'ratelimit',
    'ratelimit-policy',
    'ratelimit-limit',
    'ratelimit-remaining',
    'ratelimit-reset',
    'x-ratelimit-limit',
    'x-ratelimit-remaining',
    'x-ratelimit-reset',
    'x-ratelimit-limit-tokens',
    'x-ratelimit-reset-tokens',
    'x-apig-ratelimit-user',
  ];
  const PARTS = [
    '"default"',
    ';',
    ',',
    '=',
    'r',
    'q',
    'w',
    't',
    '0',
    '7',
    '1e9',
    '-',
    '"',
    '\\',
    ' ',
    'm',
    's',
    'remain:',
    'limit:',
    'time:',
    ' second',
  ];
  const header = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom(...PARTS), { maxLength: 40 }).map((parts) => parts.join('')),
  );

  it('break nothing, and never make a reading of something else than numbers', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...NAMES), header), (headers) => {
        const readings = read(headers);
        expect(readings.length).toBeLessThanOrEqual(20);
        for (const { limit, remaining, windowMs, resetInMs } of readings) {
          expect(limit ?? remaining).not.toBeNull();
          for (const figure of [limit, remaining, windowMs, resetInMs]) {
            expect(figure === null || (Number.isSafeInteger(figure) && figure >= 0)).toBe(true);
          }
          expect(limit).not.toBe(0);
          expect(windowMs).not.toBe(0);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('are looked through in time that grows with their length only', () => {
    const long = 'a'.repeat(4_000);
    const hostile = [
      `"${long}`,
      `${long};`.repeat(4),
      '; '.repeat(8_000),
      ' '.repeat(16_000),
      '1ms'.repeat(5_000),
      'remain:'.repeat(2_000),
    ];
    for (const text of hostile) {
      expect(read(Object.fromEntries(NAMES.map((name) => [name, text]))).length).toBeLessThanOrEqual(20);
    }
  });

  it('are no more than a fixed number', () => {
    const policies = Array.from({ length: 100 }, (_, at) => `"p${at}";q=5`).join(', ');
    expect(read({ 'ratelimit-policy': policies })).toHaveLength(20);
  });
});
