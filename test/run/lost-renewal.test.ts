import type { Refused } from '../../src/job/outcome';
import type { Log, LogFields } from '../../src/log';
import type { Http, HttpResult } from '../../src/platform/http';
import type { Platform, RenewalTurn, TokenSet, TokenSource, UnfinishedRenewal } from '../../src/platform/platform';
import { Tokens } from '../../src/run/tokens';
import { SecretVault } from '../../src/secrets';
import { fakeClock } from '../fake-clock';
import { silent } from './setup';

const SCOPE = { app: 'a', api: 'list', user: '101' };
const OLD: TokenSet = { accessToken: 'old', refreshToken: 'r1', expiresAtMs: 1 };
const NEW: TokenSet = { accessToken: 'new', refreshToken: 'r2', expiresAtMs: null };
const REPLY: HttpResult = {
  kind: 'reply',
  reply: { status: 200, headers: {}, body: '' },
  replyBytes: 0,
  durationMs: 0,
};
const CUT = {
  kind: 'failure',
  sent: true,
  code: 'CONNECTION_LOST',
  reason: 'cut',
  advice: null,
  durationMs: 0,
} as const;
const TOO_LATE: Refused = {
  kind: 'fatal',
  code: '100200102',
  reason: 'discarded',
  scope: null,
  advice: 'Ask for consent.',
};

interface Setup {
  readonly results?: readonly (HttpResult | Promise<HttpResult>)[];
  readonly answer?: TokenSet | Refused;
  readonly turn?: RenewalTurn;
  readonly unfinished?: readonly UnfinishedRenewal[];
}

/** The tokens of one merchant whose access token has ended; `results` are what the token endpoint does, then it replies. */
function setup({ results = [], answer = NEW, turn = 'begun', unfinished = [] }: Setup = {}) {
  const clock = fakeClock();
  const steps: string[] = [];
  const said: { level: string; fields: LogFields; message: string }[] = [];
  const saying = (level: string) => (fields: LogFields, message: string) => void said.push({ level, fields, message });
  const log: Log = { ...silent, info: saying('info'), warn: saying('warn'), error: saying('error') };
  let held: TokenSet = OLD;
  const source: TokenSource = {
    load: () => Promise.resolve(held),
    save: (_, tokens) => {
      steps.push('save');
      held = tokens;
      return Promise.resolve();
    },
    begin: () => {
      steps.push('begin');
      return Promise.resolve(turn);
    },
    unfinished: () => Promise.resolve(unfinished),
  };
  const left = [...results];
  const http: Http = {
    attempt: () => {
      steps.push('ask');
      return Promise.resolve(left.shift() ?? REPLY);
    },
    close: () => Promise.resolve(),
  };
  const renew = {
    request: () => ({ method: 'POST' as const, url: 'http://127.0.0.1/token', headers: {}, body: null }),
    parse: () => answer,
  };
  const platform = { origins: [], tokens: { owner: 'user', source, renew } } as unknown as Platform;
  const vault = new SecretVault({ env: () => undefined, file: () => '' });
  const { signal } = new AbortController();
  const tokens = new Tokens({ platform, source, http, vault, clock, signal, log });
  return { tokens, clock, steps, said, put: (set: TokenSet) => void (held = set) };
}

describe('a renewal', () => {
  it('is noted before it is asked for, and saved before it is used', async () => {
    const { tokens, steps } = setup();
    expect(await tokens.current(SCOPE)).toEqual({ kind: 'token', value: 'new' });
    expect(steps).toEqual(['begin', 'ask', 'save']);
  });

  it('that another process makes is left to it', async () => {
    const { tokens, steps } = setup({ turn: 'busy' });
    expect(await tokens.current(SCOPE)).toMatchObject({
      kind: 'pause',
      code: 'RENEWED_ELSEWHERE',
      scope: { app: 'a', user: '101' },
    });
    expect(steps).toEqual(['begin']);
  });

  it('that another process has made is taken from the source', async () => {
    const { tokens, steps, put } = setup({ turn: 'changed' });
    const asked = tokens.current(SCOPE);
    put(NEW);
    expect(await asked).toEqual({ kind: 'token', value: 'new' });
    expect(steps).not.toContain('ask');
  });

  it('under way is waited for at the end of the process', async () => {
    let reply: (result: HttpResult) => void = () => undefined;
    const { tokens, clock, steps } = setup({ results: [new Promise((resolve) => (reply = resolve))] });
    void tokens.current(SCOPE);
    await clock.advance(1);
    const closed = tokens.close();
    reply(REPLY);
    await closed;
    expect(steps).toEqual(['begin', 'ask', 'save']);
  });

  it('warns of an authorisation that ends within two weeks', async () => {
    const refreshExpiresAtMs = fakeClock().nowMs() + 13 * 86_400_000;
    const { tokens, said } = setup({ answer: { ...NEW, refreshExpiresAtMs } });
    await tokens.current(SCOPE);
    expect(said).toMatchObject([
      { level: 'warn', fields: { owner: '101' }, message: expect.stringContaining('ends soon') as string },
    ]);
  });
});

describe('a renewal whose reply is lost', () => {
  it('is asked for again at the next beat, although no call needs it', async () => {
    const { tokens, steps } = setup({ results: [CUT] });
    expect(await tokens.current(SCOPE)).toMatchObject({ kind: 'backoff', code: 'CONNECTION_LOST' });
    await tokens.finish();
    expect(steps).toEqual(['begin', 'ask', 'begin', 'ask', 'save']);
    expect(await tokens.current(SCOPE)).toEqual({ kind: 'token', value: 'new' });
    await tokens.finish();
    expect(steps).toHaveLength(5);
  });

  it('is not asked for at every beat for ever', async () => {
    const { tokens, clock, steps } = setup({ results: [CUT, CUT] });
    await tokens.current(SCOPE);
    await clock.advance(600_000);
    await tokens.finish();
    expect(steps).toEqual(['begin', 'ask']);
  });

  it('that was never sent is none', async () => {
    const { tokens, steps } = setup({ results: [{ ...CUT, sent: false }] });
    await tokens.current(SCOPE);
    await tokens.finish();
    expect(steps).toEqual(['begin', 'ask']);
  });
});

describe('a renewal that another process was killed in', () => {
  const unfinished = [{ owner: '101', begunAtMs: 1_772_000_000_000 }];

  it('is made again before any call, although the access token may still be good', async () => {
    const { tokens, steps, put } = setup({ unfinished });
    put({ ...OLD, expiresAtMs: null });
    await tokens.recover();
    expect(steps).toEqual(['begin', 'ask', 'save']);
  });

  it('is made again at the next beats while the platform cannot be reached', async () => {
    const { tokens, steps, said } = setup({ unfinished, results: [CUT, { ...CUT, sent: false }] });
    await tokens.recover();
    await tokens.finish();
    await tokens.finish();
    expect(steps.filter((step) => step === 'ask')).toHaveLength(3);
    expect(said.at(-1)).toMatchObject({ level: 'info', message: expect.stringContaining('made again') as string });
  });

  it('is found although that process was taken for alive at first', async () => {
    const found: UnfinishedRenewal[] = [];
    const { tokens, clock, steps } = setup({ unfinished: found });
    await tokens.recover();
    expect(steps).toEqual([]);
    found.push(...unfinished);
    await clock.advance(150_000);
    await tokens.finish();
    expect(steps).toEqual(['begin', 'ask', 'save']);
  });

  it('is told of at once when it comes too late, and is not asked for again', async () => {
    const { tokens, steps, said } = setup({ unfinished, answer: TOO_LATE });
    await tokens.recover();
    await tokens.finish();
    expect(steps).toEqual(['begin', 'ask']);
    expect(said.at(-1)).toMatchObject({
      level: 'error',
      fields: { owner: '101', advice: 'Ask for consent.' },
      message: expect.stringContaining('too late: discarded') as string,
    });
  });
});
