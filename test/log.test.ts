import fc from 'fast-check';
import { type Log, type LogOptions, openLog } from '../src/log';
import { SecretVault, secret } from '../src/secrets';

function setup(changes: Partial<LogOptions> = {}): {
  log: Log;
  text: () => string;
  fields: () => Record<string, unknown>;
  vault: SecretVault;
} {
  const vault = new SecretVault({ env: () => undefined, file: () => '' });
  let text = '';
  const log = openLog({
    level: 'debug',
    format: 'ndjson',
    scrub: (line) => vault.scrub(line),
    destination: { write: (line) => (text += line) },
    nowMs: () => Date.UTC(2026, 2, 1),
    ...changes,
  });
  return { log, vault, text: () => text, fields: () => JSON.parse(text) as Record<string, unknown> };
}

describe('a line of the log', () => {
  it('is one JSON object with level, time, process and message', () => {
    const { log, text, fields } = setup();
    log.info({ job: 'orders', pages: 3, isResumed: true, reason: null }, 'run started');
    expect(text()).toMatch(/^\{.*\}\n$/);
    expect(fields()).toEqual({
      level: 'info',
      time: '2026-03-01T00:00:00.000Z',
      pid: process.pid,
      job: 'orders',
      pages: 3,
      isResumed: true,
      reason: null,
      msg: 'run started',
    });
  });

  it('is left out below the level', () => {
    const { log, text } = setup({ level: 'warn' });
    log.debug({}, 'a');
    log.info({}, 'b');
    log.warn({}, 'c');
    log.error({}, 'd');
    expect(text().trim().split('\n')).toHaveLength(2);
  });

  it('says of an error its code, message, stack and cause, and nothing that it carries', () => {
    const { log, fields } = setup();
    const cause = Object.assign(new Error('socket closed'), {
      code: 'ECONNRESET',
      config: { headers: { authorization: 'x' } },
    });
    log.error({ err: Object.assign(new Error('call failed', { cause }), { request: { url: 'x' } }) }, 'failed');
    expect(fields()['err']).toEqual({
      message: 'call failed',
      stack: expect.stringContaining('Error: call failed') as unknown,
      cause: { code: 'ECONNRESET', message: 'socket closed', stack: expect.any(String) as unknown },
    });
  });

  it('says of a request and a reply what is harmless', () => {
    const { log, fields } = setup();
    const request = { method: 'POST', host: 'api.example.com', path: '/a', headers: { authorization: 'x' }, body: 'x' };
    log.debug(
      {
        request,
        response: { status: 200, ms: 12, headers: {}, body: 'x' },
        headers: { cookie: 'x' },
        params: { a: 1 },
      },
      'sent',
    );
    expect(fields()).toMatchObject({
      request: { method: 'POST', host: 'api.example.com', path: '/a' },
      response: { status: 200, ms: 12 },
      headers: '[omitted]',
      params: '[omitted]',
    });
    expect(Object.keys(fields()['request'] as object)).toHaveLength(3);
  });

  it('blanks fields that are named like secrets, at any depth and in any spelling', () => {
    const { log, text } = setup();
    const names = [
      'token',
      'accessToken',
      'Authorization',
      'SET-COOKIE',
      'appSecret',
      'api_key',
      'passwd',
      'sign',
      'credentials',
    ];
    log.info({ a: { b: Object.fromEntries(names.map((name) => [name, 'unknown-to-the-vault'])) } }, 'x');
    expect(text()).not.toContain('unknown-to-the-vault');
    expect(text()).toContain('[redacted]');
  });

  it('keeps numbers, such as counts of tokens, and prints a reference as such', () => {
    const { log, fields } = setup();
    log.info({ tokens: 1_200, source: secret('env:X') }, 'x');
    expect(fields()).toMatchObject({ tokens: 1_200, source: '[secret env:X]' });
  });

  it('drops the query and the user of an address', () => {
    const { log, fields } = setup();
    log.info(
      { url: 'https://user:pass-word@api.example.com/a?access_token=unknown#x' },
      'GET https://api.example.com/b?sign=unknown failed',
    );
    expect(fields()).toMatchObject({
      url: 'https://api.example.com/a?…',
      msg: 'GET https://api.example.com/b?… failed',
    });
  });

  it('has bounds: depth, entries and length', () => {
    const { log, fields, text } = setup();
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    log.info({ circle, list: Array.from({ length: 500 }, (_, index) => index), long: 'x'.repeat(100_000) }, 'x');
    expect((fields()['list'] as unknown[]).length).toBe(50);
    expect(text().length).toBeLessThan(10_000);
  });

  it('prints of other objects what they are', () => {
    const { log, fields } = setup();
    log.info(
      { at: new Date(0), map: new Map([['a', 'b']]), big: 5n, run: () => 1, level: 'mine', none: undefined },
      'x',
    );
    expect(fields()).toMatchObject({
      at: '1970-01-01T00:00:00.000Z',
      map: '[Map]',
      big: '5',
      run: '[function]',
      level: 'info',
      level_: 'mine',
    });
  });
});

/** Throws whatever is asked of it. */
const HOSTILE = new Proxy(
  {},
  {
    get: refuse,
    has: refuse,
    ownKeys: refuse,
    getPrototypeOf: refuse,
    getOwnPropertyDescriptor: refuse,
  },
);

function refuse(): never {
  throw new Error('SECRET in what a trap throws');
}

function withGetter(target: object, name: string | number): object {
  return Object.defineProperty(target, name, { get: refuse, enumerable: true });
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

describe('what job code hands over', () => {
  const text = 'SECRET-12345';
  const request = { headers: { authorization: text }, body: text };
  const TABLE: readonly (readonly [name: string, value: unknown, printed: unknown])[] = [
    ['a getter that throws', withGetter({ a: 1 }, 'b'), { a: 1, b: '[unreadable]' }],
    ['an element that throws', withGetter([1], 0), '[unreadable]'],
    ['an error whose message throws', withGetter(new Error(text), 'message'), '[unreadable]'],
    ['an error whose message is no text', Object.assign(new Error(), { message: request }), { message: '[no text]' }],
    ['a proxy that throws', HOSTILE, '[unreadable]'],
    ['a revoked proxy', revoked(), '[unreadable]'],
    ['a proxy of an object', new Proxy({ a: text }, {}), { a: '[secret]' }],
    ['a map', new Map([[text, text]]), '[Map]'],
    ['a set', new Set([text]), '[Set]'],
    ['bytes', Buffer.from(text), '[Buffer]'],
    ['a text in an object', new String(text), '[String]'],
    ['a symbol', Symbol(text), '[symbol]'],
    ['names that are symbols', { [Symbol(text)]: text }, {}],
    ['an object with toJSON', { toJSON: () => text, a: 1 }, { toJSON: '[function]', a: 1 }],
    ['an object without a class', Object.create(Object.create(Object.create(null) as object) as object), '[object]'],
    ['names that every object has', { constructor: { a: 1 }, toString: 1 }, { constructor: { a: 1 }, toString: 1 }],
    ['what claims to be an error', { [Symbol.toStringTag]: 'Error', message: text, a: text }, { message: '[secret]' }],
    ['an error with its exchange', Object.assign(new Error('x'), { request, response: request }), { message: 'x' }],
    [
      'several errors in one',
      new AggregateError([Object.assign(new Error(text), { code: 'ECONNREFUSED', request }), text], 'all'),
      { message: 'all', errors: [{ code: 'ECONNREFUSED', message: '[secret]' }, '[string]'] },
    ],
  ];

  it.each(TABLE)('is printed as what is harmless of it: %s', (_name, value, printed) => {
    const { log, fields, text: line, vault } = setup();
    vault.remember(text, '[secret]');
    log.error({ value, after: 1 }, 'said');
    expect(withoutStacks(fields()['value'])).toEqual(printed);
    expect(fields()).toMatchObject({ after: 1, msg: 'said' });
    expect(line()).not.toMatch(/SECRET/);
  });

  it('is bounded as a whole: a line of an error that is its own cause, or of a list of lists, is no flood', () => {
    const { log, text: line } = setup();
    const own: Error & { cause?: unknown } = new Error('x'.repeat(10_000));
    own.cause = own;
    const flood = (depth: number): unknown =>
      depth === 0 ? 'z'.repeat(4_000) : Array.from({ length: 50 }, () => flood(depth - 1));
    log.error({ own, flood: flood(2), names: { ['k'.repeat(100_000)]: 1 } }, 'said');
    expect(line().length).toBeLessThan(120_000);
  });
});

/** Stacks name this file. */
function withoutStacks(printed: unknown): unknown {
  return JSON.parse(JSON.stringify(printed, (key, part: unknown) => (key === 'stack' ? undefined : part)));
}

describe('lines for people', () => {
  it('cannot be forged: control characters and line breaks of values are gone', () => {
    const { log, text } = setup({ format: 'pretty' });
    log.info({ reason: 'a\u001b[31mred\u202ereversed' }, 'first\n[2026-03-01 00:00:00] ERROR: forged\u0007');
    expect(text().trimEnd().split('\n')).toHaveLength(1);
    expect(text()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    expect(text()).toContain('INFO');
    expect(text()).toContain('a[31mredreversed');
  });

  it('have colours when they are asked for', () => {
    const { log, text } = setup({ format: 'pretty-color' });
    log.warn({}, 'careful');
    expect(text()).toContain('\u001b[');
  });
});

describe('a secret', () => {
  const secrets = fc.oneof(
    fc.string({ minLength: 8, maxLength: 40, unit: 'grapheme' }),
    fc.string({ minLength: 8, maxLength: 40, unit: 'grapheme-ascii' }),
    fc.stringMatching(/^[A-Za-z0-9+/=_-]{16,64}$/),
  );
  const carriers: Record<string, (value: string) => [Record<string, unknown>, string]> = {
    message: (value) => [{}, `refused: ${value}`],
    field: (value) => [{ reason: value }, 'x'],
    'name of a field': (value) => [{ [value]: 1 }, 'x'],
    'nested field': (value) => [{ a: { b: [{ c: `<${value}>` }] } }, 'x'],
    error: (value) => [{ err: new Error(`bad ${value}`, { cause: new TypeError(value) }) }, 'x'],
    'own field of an error': (value) => [
      { err: Object.assign(new Error('x'), { code: value, config: { headers: { a: value } } }) },
      'x',
    ],
    query: (value) => [
      { url: `https://a.example/b?c=${encodeURIComponent(value)}` },
      `GET /b?c=${encodeURIComponent(value)}`,
    ],
    form: (value) => [{}, new URLSearchParams({ a: value }).toString()],
    header: (value) => [{ headers: { Authorization: `Bearer ${value}` }, info: { 'x-thing': value } }, 'x'],
    'JSON text': (value) => [{ text: JSON.stringify({ a: value }) }, JSON.stringify({ a: { b: value } })],
    base64: (value) => [
      { basic: Buffer.from(`key:${value}:x`).toString('base64') },
      Buffer.from(value).toString('base64url'),
    ],
  };

  it.each(['ndjson', 'pretty'] as const)('never appears in a line, wherever it was put (%s)', (format) => {
    const places = fc.constantFrom(...Object.keys(carriers));
    fc.assert(
      fc.property(secrets, places, (value, place) => {
        // A value of spaces, or one that the line has anyway, proves nothing.
        fc.pre(value.trim().length >= 6);
        const { log, vault, text } = setup({ format });
        const [fields, message] = carriers[place]!(value);
        log.info({ plain: 1 }, 'plain');
        fc.pre(!text().includes(value));
        vault.remember(value, '[secret]');
        log.error(fields, message);
        const forms = [
          value,
          JSON.stringify(value).slice(1, -1),
          encodeURIComponent(value),
          Buffer.from(value).toString('base64').replace(/=+$/, '').slice(0, -1),
        ];
        for (const form of forms) expect(text()).not.toContain(form);
      }),
      { numRuns: 500 },
    );
  });
});
